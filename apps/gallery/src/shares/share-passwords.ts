import { createHmac, randomBytes } from 'node:crypto';
import { AuditBuffer } from '@atrium/platform/audit';
import { DomainError } from '@atrium/platform/errors';
import { type HashCost, PasswordHashing } from '@atrium/platform/passwords';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { LiveShare } from './share.repository.js';
import { SharePasswordThrottle } from './share-password-throttle.js';

/** OWASP's least for argon2id: 19 MiB, two passes. The token in the link is the other secret. */
const cost: HashCost = { memoryCost: 19_456, timeCost: 2 };
/** Milliseconds for which a password that was right needs no hashing again: whoever looks through an album sends it with each page. */
const rememberedMs = 60_000;
const maxRemembered = 10_000;

/** Whose share is opened, with what, and from where. */
export interface PasswordAttempt {
  readonly orgId: string;
  readonly share: LiveShare;
  readonly password: string | undefined;
  readonly address: string;
}

/** Checks the passwords of shares. What is remembered of right ones dies with the process, and with the share's own hash. */
@Injectable()
export class SharePasswords {
  private readonly hashing = new PasswordHashing(cost, 'Too many passwords at once.');
  private readonly right = new LRUCache<string, true>({ max: maxRemembered, ttl: rememberedMs });
  private readonly key = randomBytes(32);

  constructor(
    private readonly throttle: SharePasswordThrottle,
    private readonly audit: AuditBuffer,
  ) {}

  hash(password: string): Promise<string> {
    return this.hashing.hash(password);
  }

  /** @throws SHARE_PASSWORD_REQUIRED where there is none or a wrong one, RATE_LIMITED after too many wrong ones */
  async require(attempt: PasswordAttempt): Promise<void> {
    const { share, password, address } = attempt;
    if (share.password_hash === null) return;
    if (password === undefined || password === '') throw new DomainError('SHARE_PASSWORD_REQUIRED');
    const known = this.nameOf(share.id, share.password_hash, password);
    if (this.right.has(known)) return;
    await this.throttle.take(share.id, address);
    if (!(await this.hashing.verify(share.password_hash, password))) throw this.refusal(attempt);
    this.right.set(known, true);
    await this.throttle.forgive(share.id, address);
  }

  private refusal({ orgId, share }: PasswordAttempt): DomainError {
    const resource = { type: 'share', id: share.id };
    this.audit.add(`share.password_refused ${share.id}`, {
      orgId,
      record: { action: 'share.password_refused', outcome: 'denied', resource, site_id: share.site_id },
    });
    return new DomainError('SHARE_PASSWORD_REQUIRED', 'The password of the share is not right.', { detail: `share ${share.id}` });
  }

  /** Under a key that only this process has: a fast hash of a password is no place to keep it. */
  private nameOf(shareId: string, passwordHash: string, password: string): string {
    return createHmac('sha256', this.key).update(JSON.stringify([shareId, passwordHash, password])).digest('base64');
  }
}

import type { Client } from '@atrium/contract-kit';
import type { SignedIn } from '@atrium/contracts/auth';
import { newDeviceSignedIn, userLoggedIn } from '@atrium/contracts/domain-events';
import { Database, newId, type Transaction } from '@atrium/platform/database';
import { DomainError } from '@atrium/platform/errors';
import { Outbox } from '@atrium/platform/messaging';
import { Injectable } from '@nestjs/common';
import { type Account, AccountRepository } from '../accounts/account.repository.js';
import { AccountAudit, actorOf } from '../audit/account-audit.js';
import { chooseMembership } from '../memberships/choose-membership.js';
import { MembershipRepository } from '../memberships/membership.repository.js';
import { pollUntil } from '../poll-until.js';
import { deviceName } from '../devices/device-name.js';
import { KnownDevices, type RememberedDevice } from '../devices/known-devices.js';
import { hashOfToken, newOpaqueToken } from '../tokens/opaque-token.js';
import { RefreshTokenRepository } from './refresh-token.repository.js';
import { type AuthenticationMethod, SessionRepository } from './session.repository.js';
import { SignedInAnswer, type SessionTokens } from './signed-in.js';

/** A new person's organization is founded by another service, within moments. */
const newAccountMs = 60_000;
const firstMembershipWaitMs = 1_500;

export interface Opening {
  /** The organization that was asked for; the one used last where unset. */
  readonly orgId: string | undefined;
  readonly client: Client;
  /** How the person has proven who they are. */
  readonly methods: readonly AuthenticationMethod[];
}

interface Opened {
  readonly tokens: SessionTokens;
  readonly device: RememberedDevice;
}

/** Opens a session for a person who has proven who they are, by whatever factor. */
@Injectable()
export class SessionOpener {
  constructor(
    private readonly database: Database,
    private readonly accounts: AccountRepository,
    private readonly memberships: MembershipRepository,
    private readonly sessions: SessionRepository,
    private readonly refreshTokens: RefreshTokenRepository,
    private readonly devices: KnownDevices,
    private readonly answer: SignedInAnswer,
    private readonly outbox: Outbox,
    private readonly audit: AccountAudit,
  ) {}

  async open(account: Account, { orgId, client, methods }: Opening): Promise<SignedIn> {
    await this.awaitFirstMembership(account);
    const { tokens, device } = await this.insert(account, { orgId, client, methods });
    this.devices.tell(client, device);
    return this.answer.of(tokens);
  }

  private insert(account: Account, { orgId, client, methods }: Opening): Promise<Opened> {
    return this.database.asUser(account.id, async (tx) => {
      const current = await this.accounts.lockActive(tx, account.id);
      if (!current) throw new DomainError('ACCOUNT_DISABLED');
      // Replaced since it was checked: whoever knew the old one gets no session that outlives it.
      if (current.password_version !== account.password_version) throw new DomainError('INVALID_CREDENTIALS');
      const memberships = await this.memberships.listOfPerson(tx, account.id);
      const membership = chooseMembership(memberships, { requested: orgId, last: account.last_org_id });
      const sessionId = newId();
      const refreshToken = newOpaqueToken();
      const device = await this.devices.remember(tx, account.id, client);
      const session = { id: sessionId, account_id: account.id, org_id: membership?.orgId ?? null, device_id: device.id };
      await this.sessions.insert(tx, session, client, methods);
      await this.refreshTokens.insert(tx, sessionId, hashOfToken(refreshToken));
      if (membership) await this.accounts.rememberOrganization(tx, account.id, membership.orgId);
      const data = { user_id: account.id, logged_in_at: new Date().toISOString() };
      await this.outbox.publish(tx, userLoggedIn, data, { orgId: membership?.orgId ?? null });
      const opened = { action: 'session.opened', actor: actorOf(account.id, sessionId), details: { methods: [...methods] } };
      await this.audit.recordIn(tx, membership?.orgId ?? null, account.id, opened);
      await this.noticeDevice(tx, current, device, client);
      return { tokens: { account, sessionId, membership, refreshToken }, device };
    });
  }

  /** A person is told of each device that is new, but for the first one. */
  private async noticeDevice(tx: Transaction, account: Account, device: RememberedDevice, { userAgent }: Client): Promise<void> {
    if (account.first_signed_in_at === null) return this.accounts.markSignedIn(tx, account.id);
    if (!device.isNew) return;
    const data = { user_id: account.id, email: account.email, signed_in_at: new Date().toISOString(), device: deviceName(userAgent ?? null) };
    await this.outbox.publish(tx, newDeviceSignedIn, data, { orgId: null });
  }

  /** Spares whoever signs in right after registering a token without an organization. */
  private async awaitFirstMembership(account: Account): Promise<void> {
    if (account.last_org_id !== null || Date.now() - account.created_at.getTime() > newAccountMs) return;
    await pollUntil(async () => {
      const list = await this.database.asUser(account.id, (tx) => this.memberships.listOfPerson(tx, account.id));
      return list.length > 0 ? list : undefined;
    }, firstMembershipWaitMs);
  }
}

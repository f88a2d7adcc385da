import type { SignedIn } from '@atrium/contracts/auth';
import { newDeviceSignedIn, userLoggedIn } from '@atrium/contracts/domain-events';
import { Database, newId } from '@atrium/platform/database';
import { Outbox, type OutboxMessage } from '@atrium/platform/messaging';
import { Injectable } from '@nestjs/common';
import type { Account } from '../accounts/account.repository.js';
import { AccountAudit, actorOf } from '../audit/account-audit.js';
import { deviceName } from '../devices/device-name.js';
import { KnownDevices } from '../devices/known-devices.js';
import { hashOfToken, newOpaqueToken } from '../tokens/opaque-token.js';
import { isSecondFactor } from './second-factor-methods.js';
import type { Opening } from './session-opener.js';
import { SignedInAnswer } from './signed-in.js';
import { UsualOpeningRepository } from './usual-opening.repository.js';

/** Opens nearly every session, in one round trip. */
@Injectable()
export class UsualOpener {
  constructor(
    private readonly database: Database,
    private readonly openings: UsualOpeningRepository,
    private readonly devices: KnownDevices,
    private readonly answer: SignedInAnswer,
    private readonly outbox: Outbox,
    private readonly audit: AccountAudit,
  ) {}

  /** @returns undefined, with nothing changed, for what the second factor's question or SessionOpener must look at */
  async open(account: Account, { orgId: requested, client, methods }: Opening): Promise<SignedIn | undefined> {
    const orgId = requested ?? account.last_org_id;
    if (orgId === null) return undefined;
    const [sessionId, refreshToken, known] = [newId(), newOpaqueToken(), this.devices.presented(client)];
    const fresh = known.hashes.length === 0 ? { id: newId(), token: newOpaqueToken() } : undefined;
    const row = await this.openings.open(this.database, {
      account,
      orgId,
      isSecondFactorProven: methods.some(isSecondFactor),
      session: { id: sessionId, tokenHash: hashOfToken(refreshToken), methods },
      client: { address: client.address, userAgent: known.userAgent, deviceTokenHashes: known.hashes },
      messages: this.messages(account, { orgId, sessionId, methods }),
      newDevice: fresh && { id: fresh.id, tokenHash: hashOfToken(fresh.token), messages: this.notice(account, known.userAgent) },
    });
    if (!row) return undefined;
    const token = fresh?.token ?? known.tokenOf(row.r_device_token);
    if (token !== undefined) this.devices.tell(client, { token });
    const membership = { orgId, userId: account.id, version: row.r_version, roles: row.r_roles };
    return this.answer.of({ account, sessionId, membership, refreshToken });
  }

  private messages(account: Account, { orgId, sessionId, methods }: Pick<Opening, 'methods'> & { orgId: string; sessionId: string }): OutboxMessage[] {
    const data = { user_id: account.id, logged_in_at: new Date().toISOString() };
    const opened = { action: 'session.opened', actor: actorOf(account.id, sessionId), details: { methods: [...methods] } };
    return [...this.outbox.messages(userLoggedIn, data, { orgId }), ...this.audit.messagesIn(orgId, account.id, opened)];
  }

  private notice({ id, email }: Account, userAgent: string | null): OutboxMessage[] {
    const data = { user_id: id, email, signed_in_at: new Date().toISOString(), device: deviceName(userAgent) };
    return this.outbox.messages(newDeviceSignedIn, data, { orgId: null });
  }
}

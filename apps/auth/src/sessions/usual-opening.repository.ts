import type { Database } from '@atrium/platform/database';
import { type OutboxMessage, outboxRows } from '@atrium/platform/messaging';
import { Injectable } from '@nestjs/common';
import type { Account } from '../accounts/account.repository.js';
import { lifetimeDays, mostDevices } from '../devices/device.repository.js';
import type { MembershipRole } from '../memberships/membership.js';
import { refreshTokenDays } from './session-lifetime.js';
import type { AuthenticationMethod } from './session.repository.js';

/** Everything that a session is opened with, by whom it is proven and for which organization. */
export interface UsualOpening {
  readonly account: Pick<Account, 'id' | 'password_version'>;
  readonly orgId: string;
  readonly isSecondFactorProven: boolean;
  readonly session: { readonly id: string; readonly tokenHash: Buffer; readonly methods: readonly AuthenticationMethod[] };
  readonly client: { readonly address: string; readonly userAgent: string | null; readonly deviceTokenHashes: readonly Buffer[] };
  readonly messages: readonly OutboxMessage[];
  /** What to remember of a client that brings no device; unset for one that must be one of the person's. */
  readonly newDevice: { readonly id: string; readonly tokenHash: Buffer; readonly messages: readonly OutboxMessage[] } | undefined;
}

/** What tokens are made from, as it was under the account's lock. */
export interface OpenedRow {
  readonly r_version: number;
  readonly r_roles: MembershipRole[];
  readonly r_device_id: string;
  /** Hash of the token that the client is known by; null where its device is new. */
  readonly r_device_token: Buffer | null;
}

const openSql = `select * from auth.open_session($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`;

@Injectable()
export class UsualOpeningRepository {
  /** In one round trip; undefined, with nothing changed, where anything about the sign-in is special. */
  async open(database: Database, { account, orgId, isSecondFactorProven, session, client, messages, newDevice }: UsualOpening): Promise<OpenedRow | undefined> {
    const [row] = await database.statement<OpenedRow>(openSql, [
      ...[account.id, account.password_version, orgId, isSecondFactorProven],
      ...[session.id, session.tokenHash, refreshTokenDays, client.userAgent, client.address, session.methods],
      ...[client.deviceTokenHashes, newDevice?.id ?? null, newDevice?.tokenHash ?? null, lifetimeDays, mostDevices],
      ...[outboxRows(messages), outboxRows(newDevice?.messages ?? [])],
    ], 'auth-open-session');
    return row;
  }
}

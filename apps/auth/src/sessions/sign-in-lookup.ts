import type { Client } from '@atrium/contract-kit';
import { Database } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';
import { type Account, accountColumns } from '../accounts/account.repository.js';
import { KnownDevices } from '../devices/known-devices.js';

/** Whoever has the address, and which of their devices the client is. */
export interface LookedUp {
  readonly account?: Account;
  readonly device?: string;
}

type Row = (Account & { readonly device_id: string | null }) | { readonly id: null };

/** Devices are looked up before it is known whose they are: for an address that nobody has, as much is done. */
const lookupSql = (tokenIsPresented: string): string => `
  select ${accountColumns.split(', ').map((column) => `a.${column}`).join(', ')}, d.id as device_id
  from (select $1::text as email) asked
  left join auth.accounts a on a.email = asked.email
  left join lateral (
    select held.id from
      (select id, account_id, last_used_at from auth.devices where ${tokenIsPresented} and expires_at > now() offset 0) held
    where held.account_id = a.id order by held.last_used_at desc limit 1) d on true`;

/** With one token PostgreSQL sees that a plan made anew each time would be no better; with any number it does not. */
export const ofOneToken = { name: 'auth-look-up-one', sql: lookupSql('token_hash = $2::bytea') };
export const ofTokens = { name: 'auth-look-up-any', sql: lookupSql('token_hash = any ($2::bytea[])') };

/** What must be known before a password is looked at, in one round trip. */
@Injectable()
export class SignInLookup {
  constructor(
    private readonly database: Database,
    private readonly devices: KnownDevices,
  ) {}

  async find(email: string, client: Client): Promise<LookedUp> {
    const { hashes } = this.devices.presented(client);
    const { name, sql } = hashes.length === 1 ? ofOneToken : ofTokens;
    const [row] = await this.database.statement<Row>(sql, [email, hashes.length === 1 ? hashes[0] : hashes], name);
    if (!row || row.id === null) return {};
    const { device_id: device, ...account } = row;
    return device === null ? { account } : { account, device };
  }
}

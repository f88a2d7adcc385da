import { passkeyChanged } from '@atrium/contracts/domain-events';
import type { Transaction } from '@atrium/platform/database';
import { Outbox } from '@atrium/platform/messaging';
import { Injectable } from '@nestjs/common';
import type { Account } from '../accounts/account.repository.js';
import type { Passkey } from './passkey.repository.js';

/** Asks for the mail that tells a person of a way into their account that came or went. */
@Injectable()
export class PasskeyNotice {
  constructor(private readonly outbox: Outbox) {}

  async send(
    tx: Transaction,
    { id, email }: Pick<Account, 'id' | 'email'>,
    { name }: Passkey,
    change: 'added' | 'removed',
  ): Promise<void> {
    const data = { user_id: id, email, passkey_name: name, change, changed_at: new Date().toISOString() };
    await this.outbox.publish(tx, passkeyChanged, data, { orgId: null });
  }
}

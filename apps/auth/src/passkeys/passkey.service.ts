import type { OutputOf, Principal } from '@atrium/contract-kit';
import type { authEndpoints, Passkey as PasskeyView } from '@atrium/contracts/auth';
import { Database } from '@atrium/platform/database';
import { notFound } from '@atrium/platform/errors';
import { Injectable } from '@nestjs/common';
import { AccountRepository } from '../accounts/account.repository.js';
import { WaysIn } from '../identities/ways-in.js';
import { StepUp } from '../sessions/step-up.js';
import { PasskeyAudit } from './passkey-audit.js';
import { PasskeyNotice } from './passkey-notice.js';
import { toPasskeyView } from './passkey.mapper.js';
import { PasskeyRepository } from './passkey.repository.js';

/** A person's own passkeys. */
@Injectable()
export class PasskeyService {
  constructor(
    private readonly database: Database,
    private readonly accounts: AccountRepository,
    private readonly passkeys: PasskeyRepository,
    private readonly stepUp: StepUp,
    private readonly audit: PasskeyAudit,
    private readonly notice: PasskeyNotice,
    private readonly waysIn: WaysIn,
  ) {}

  async list({ userId }: Principal): Promise<OutputOf<typeof authEndpoints.listPasskeys>> {
    const passkeys = await this.database.withoutTenant((tx) => this.passkeys.list(tx, userId));
    return { data: passkeys.map(toPasskeyView) };
  }

  /** Throws NOT_FOUND for another person's. */
  rename({ userId }: Principal, id: string, name: string): Promise<PasskeyView> {
    return this.database.withoutTenant(async (tx) => {
      const passkey = await this.passkeys.rename(tx, userId, id, name);
      if (!passkey) throw notFound('passkey');
      await this.audit.renamed(tx, passkey);
      return toPasskeyView(passkey);
    });
  }

  /** Throws REAUTHENTICATION_REQUIRED, NOT_FOUND for another person's, and CONFLICT for the only way in. */
  async remove(principal: Principal, id: string): Promise<void> {
    await this.database.withoutTenant(async (tx) => {
      await this.stepUp.require(tx, principal);
      const account = await this.accounts.lockActive(tx, principal.userId);
      const passkey = account && (await this.passkeys.remove(tx, account.id, id));
      if (!passkey) throw notFound('passkey');
      await this.waysIn.requireOne(tx, account.id);
      await this.audit.removed(tx, passkey);
      await this.notice.send(tx, account, passkey, 'removed');
    });
  }
}

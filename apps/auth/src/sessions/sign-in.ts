import type { SignedIn } from '@atrium/contracts/auth';
import { Injectable } from '@nestjs/common';
import type { Account } from '../accounts/account.repository.js';
import { type Opening, SessionOpener } from './session-opener.js';

/** What follows the first proof of who somebody is, whichever it was. */
@Injectable()
export class SignIn {
  constructor(private readonly opener: SessionOpener) {}

  continue(account: Account, opening: Opening): Promise<SignedIn> {
    return this.opener.open(account, opening);
  }
}

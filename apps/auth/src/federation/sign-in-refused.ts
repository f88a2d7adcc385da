import type { Account } from '../accounts/account.repository.js';

/** Why a sign-in with another issuer came to nothing: what the application reads in `?error=`. Never renamed. */
export type RefusalCode =
  | 'access_denied'
  | 'provider_error'
  | 'provider_unavailable'
  | 'invalid_flow'
  | 'invalid_response'
  | 'email_not_verified'
  | 'account_disabled'
  | 'already_linked'
  | 'identity_removed';

/** The browser goes back to the application with the code alone; the detail is for the log. */
export class SignInRefused extends Error {
  override readonly name = 'SignInRefused';

  constructor(
    readonly code: RefusalCode,
    detail: string,
    /** Whose account was not entered, where there is one. */
    readonly account?: Pick<Account, 'id' | 'last_org_id'>,
  ) {
    super(detail);
  }
}

import type { RegisteredAccount } from '@atrium/contracts/auth';
import type { Account } from './account.repository.js';

export const toRegisteredAccount = (account: Account): RegisteredAccount => ({
  id: account.id,
  email: account.email,
  email_verified: account.email_verified_at !== null,
  created_at: account.created_at.toISOString(),
});

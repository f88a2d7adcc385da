import type { Identity as IdentityView } from '@atrium/contracts/auth';
import type { Identity } from './identity.repository.js';

export const toIdentityView = ({ id, provider, issuer, email, linked_at, last_used_at }: Identity): IdentityView => ({
  id,
  provider,
  issuer,
  email,
  linked_at: linked_at.toISOString(),
  last_used_at: last_used_at.toISOString(),
});

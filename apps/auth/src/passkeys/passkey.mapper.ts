import type { Passkey as PasskeyView } from '@atrium/contracts/auth';
import type { Passkey } from './passkey.repository.js';

export const toPasskeyView = (passkey: Passkey): PasskeyView => ({
  id: passkey.id,
  name: passkey.name,
  created_at: passkey.created_at.toISOString(),
  last_used_at: passkey.last_used_at?.toISOString() ?? null,
  backed_up: passkey.backed_up,
  transports: [...passkey.transports],
});

import type { Invitation } from '@atrium/contracts/users';
import type { InvitationRow } from './invitation.repository.js';

export const invitationOf = (row: InvitationRow, now: Date): Invitation => ({
  id: row.id,
  email: row.email,
  role_id: row.role_id,
  role_name: row.role_name,
  site_id: row.site_id,
  status: row.status === 'pending' && row.expires_at <= now ? 'expired' : row.status,
  created_at: row.created_at.toISOString(),
  expires_at: row.expires_at.toISOString(),
});

import type { User } from '@atrium/contracts/users';
import type { MemberRow } from '../memberships/member.repository.js';
import type { HeldRole } from '../memberships/role-assignment.repository.js';

export const userOf = (member: MemberRow, roles: readonly HeldRole[]): User => ({
  id: member.user_id,
  email: member.email,
  email_verified: member.email_verified,
  status: member.status,
  roles: roles.map(({ role_id, name, site_id, permissions }) => ({ id: role_id, name, site_id, permissions: [...permissions] })),
  profile: { first_name: member.first_name, last_name: member.last_name, avatar_url: member.avatar_url },
  created_at: member.created_at.toISOString(),
  last_login: member.last_login?.toISOString() ?? null,
});

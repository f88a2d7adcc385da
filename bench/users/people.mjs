// An organization with so many people, as the service would have made it.
import { randomUUID } from 'node:crypto';

/** Ids below 1000 are the platform's roles. */
const [orgAdmin, editor, viewer] = [4, 2, 3];

const fill = (orgId, adminId, people) => `
  set local session_replication_role = replica;
  insert into users.organizations (org_id, name) values ('${orgId}', 'Large');
  insert into users.members (org_id, user_id, email, first_name, last_name, created_at, last_login)
    select '${orgId}', case when n = 1 then '${adminId}'::uuid else uuidv7() end, 'p' || n || '.' || substr(md5(n::text), 1, 8) || '@example.com',
      initcap(substr(md5('f' || n), 1, 6)), initcap(substr(md5('l' || n), 1, 8)), now() - make_interval(secs => n * 7),
      case when n % 3 > 0 then now() - make_interval(mins => n % 40000) end
    from generate_series(1, ${people}) n;
  insert into users.role_assignments (org_id, user_id, role_id)
    select org_id, user_id, case when user_id = '${adminId}' then ${orgAdmin} when substr(email, 2, 3) = '100' then ${editor} else ${viewer} end
    from users.members where org_id = '${orgId}';
  insert into users.member_counts (org_id, status, members) values ('${orgId}', 'active', ${people});`;

/** Gives who may read them. */
export async function fillOrganization(superuser, people) {
  const [orgId, userId] = [randomUUID(), randomUUID()];
  await superuser.query(fill(orgId, userId, people));
  await superuser.query('vacuum analyze');
  return { orgId, userId };
}

import { type InputOf, type MemberPrincipal, type OutputOf, sitesWhere, type Versioned } from '@atrium/contract-kit';
import type { ProfileInput, User, usersEndpoints } from '@atrium/contracts/users';
import { AuditTrail } from '@atrium/platform/audit';
import { Database, type TenantTransaction } from '@atrium/platform/database';
import { DomainError } from '@atrium/platform/errors';
import { encodeKeyCursor, listNameOf } from '@atrium/platform/http';
import { Injectable } from '@nestjs/common';
import { MemberRepository, type MemberRow } from '../memberships/member.repository.js';
import { RoleAssignmentRepository } from '../memberships/role-assignment.repository.js';
import { RoleRepository } from '../roles/role.repository.js';
import { decodeCursor } from './user-cursor.js';
import { containsPattern, isWholeOrganization, type UserFilter } from './user-filter.js';
import { userOf } from './user.mapper.js';
import { requireMayUpdate, visibleRoles } from './user.policy.js';
import { UserRepository } from './user.repository.js';
import { type Person, VisibleUsers } from './visible-users.js';

type ListQuery = InputOf<typeof usersEndpoints.listUsers>['query'];
type UserList = OutputOf<typeof usersEndpoints.listUsers>;

/** A narrowed list counts so far; an organization as a whole is counted exactly. */
const maxCounted = 10_000;

@Injectable()
export class UserService {
  constructor(
    private readonly database: Database,
    private readonly users: UserRepository,
    private readonly visibleUsers: VisibleUsers,
    private readonly members: MemberRepository,
    private readonly assignments: RoleAssignmentRepository,
    private readonly roles: RoleRepository,
    private readonly audit: AuditTrail,
  ) {}

  list(principal: MemberPrincipal, query: ListQuery): Promise<UserList> {
    return query.limit === undefined && query.cursor === undefined
      ? this.listByPage(principal, query)
      : this.listByCursor(principal, query);
  }

  get(principal: MemberPrincipal, userId: string): Promise<Versioned<User>> {
    return this.database.inTenant(principal.orgId, async (tx) => {
      const person = await this.visibleUsers.get(tx, principal, userId);
      return { version: person.member.version, body: shown(principal, person) };
    });
  }

  update(principal: MemberPrincipal, userId: string, version: number, profile: ProfileInput): Promise<Versioned<User>> {
    return this.database.inTenant(principal.orgId, async (tx) => {
      const person = await this.visibleUsers.get(tx, principal, userId);
      const own = await this.assignments.heldByActive(tx, principal);
      requireMayUpdate(principal, userId, { principal: own, person: person.roles });
      const member = await this.members.updateProfile(tx, userId, version, profile);
      if (!member) throw new DomainError('PRECONDITION_FAILED');
      const fields = (['first_name', 'last_name', 'avatar_url'] as const).filter((field) => member[field] !== person.member[field]);
      await this.audit.inOrganization(tx, { action: 'member.profile_updated', resource: { type: 'user', id: userId }, details: { fields } });
      return { version: member.version, body: shown(principal, { member, roles: person.roles }) };
    });
  }

  private listByPage(principal: MemberPrincipal, query: ListQuery): Promise<UserList> {
    const { page = 1, page_size = 20 } = query;
    return this.database.inTenant(principal.orgId, async (tx) => {
      const filter = await this.filterOf(tx, principal, query);
      const wanted = { order: query.sort, limit: page_size, offset: (page - 1) * page_size };
      const { total: total_count, people } = isWholeOrganization(filter)
        ? { total: await this.users.countAll(tx, filter.status) }
        : await this.users.countWithPage(tx, filter, wanted, maxCounted);
      const pagination = { page, page_size, total_pages: Math.ceil(total_count / page_size), total_count };
      if (wanted.offset >= total_count) return { data: [], pagination };
      return { data: await this.shownOf(tx, principal, people ?? (await this.users.page(tx, filter, wanted))), pagination };
    });
  }

  private listByCursor(principal: MemberPrincipal, query: ListQuery): Promise<UserList> {
    const { limit = 50, cursor, sort, search, role, site_id, status } = query;
    const list = listNameOf(principal.orgId, { sort, search, role, site_id, status });
    const after = cursor === undefined ? undefined : decodeCursor(list, sort, cursor);
    return this.database.inTenant(principal.orgId, async (tx) => {
      const filter = await this.filterOf(tx, principal, query);
      // One more than is shown tells whether there is a next page.
      const people = await this.users.page(tx, filter, { order: sort, limit: limit + 1, after });
      const shownPeople = people.slice(0, limit);
      const last = people.length > limit ? shownPeople.at(-1) : undefined;
      const next_cursor = last ? encodeKeyCursor(list, { key: last.position_key, id: last.user_id }) : null;
      return { data: await this.shownOf(tx, principal, shownPeople), next_cursor };
    });
  }

  private async shownOf(tx: TenantTransaction, principal: MemberPrincipal, people: readonly MemberRow[]): Promise<User[]> {
    const held = await this.assignments.heldByEach(tx, people.map((person) => person.user_id));
    return people.map((member) => shown(principal, { member, roles: held.get(member.user_id) ?? [] }));
  }

  private async filterOf(tx: TenantTransaction, principal: MemberPrincipal, query: ListQuery): Promise<UserFilter> {
    const { search, role, status, site_id: siteId } = query;
    const text = search === undefined ? undefined : await this.users.matchText(tx, containsPattern(search));
    const roleIds = role === undefined ? undefined : await this.roles.findIdsByName(tx, role);
    const filter = { scope: sitesWhere(principal, 'users.read'), text, roleIds, siteId, status };
    return { ...filter, among: await this.users.findFewHolders(tx, filter) };
  }
}

export const shown = (principal: MemberPrincipal, { member, roles }: Person): User =>
  userOf(member, visibleRoles(principal, member.user_id, roles));

/** How rows of one subject are found in a table; `user` and `anonymous` name the person's ids. */
export interface TenantTable {
  /** In the database `atrium`. */
  readonly name: string;
  /** Column with the time of acceptance, DateTime64; what came after a removal was asked for stays. */
  readonly acceptedAt: string;
  /** Condition for rows of the person `{user:String}` or, without a user, of `{anonymous:Array(String)}`; undefined where no row is a subject's. */
  readonly ofSubject?: string;
}

const anonymous = (user: string, id: string): string => `(${user} = '' AND ${id} != '' AND has({anonymous:Array(String)}, ${id}))`;
const raw = (field: string): string => `JSONExtractString(raw, '${field}')`;

/**
 * Every table of the database `atrium` with an `org_id`: what is removed of an organization is removed in each. A table
 * that is missing here fails `apps/events/test/organization-removal.int-spec.ts`.
 */
export const tenantTables: readonly TenantTable[] = [
  {
    name: 'events',
    acceptedAt: 'received_at',
    ofSubject: `(user_id = {user:String} OR ${anonymous('user_id', 'anonymous_id')})`,
  },
  {
    name: 'events_quarantine',
    acceptedAt: 'received_at',
    // Rows are kept as they came.
    ofSubject: `(${raw('user_id')} = {user:String} OR ${anonymous(raw('user_id'), raw('anonymous_id'))})`,
  },
  { name: 'audit_log', acceptedAt: 'occurred_at' },
  // Its people are those of the platform; they go with their accounts (../erasure).
  { name: 'domain_events', acceptedAt: 'occurred_at' },
];

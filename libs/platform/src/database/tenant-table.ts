/** Everything that a row-level security policy may ask of the transaction; null when unset, and null matches no row. */
export const currentOrgSql = `(select nullif(current_setting('app.org_id', true), '')::uuid)`;
export const currentUserSql = `(select nullif(current_setting('app.user_id', true), '')::uuid)`;

/**
 * SQL that makes a table with an `org_id` a tenant table: row-level security enabled and forced, so that even the owner
 * sees no row without a tenant, and nobody writes a row of another organization.
 * `alsoVisible` widens reading (never writing), e.g. to a person's own rows.
 */
export function tenantTableSql(
  service: string,
  table: string,
  options: { readonly grants?: string; readonly alsoVisible?: string } = {},
): string {
  const qualified = `"${service}"."${table}"`;
  const also = options.alsoVisible
    ? `create policy also_visible on ${qualified} for select using (${options.alsoVisible});`
    : '';
  return `
    alter table ${qualified} enable row level security;
    alter table ${qualified} force row level security;
    create policy tenant on ${qualified} using (org_id = ${currentOrgSql}) with check (org_id = ${currentOrgSql});
    ${also}
    grant ${options.grants ?? 'select, insert, update, delete'} on ${qualified} to "${service}_app";`;
}

/**
 * SQL that makes a function run as the service's bootstrap role: the audited way to look across organizations. Each
 * table that it reads needs a policy for that role (`bootstrapReadsSql`).
 */
export const bootstrapFunctionSql = (service: string, signature: string): string => `
    alter function "${service}".${signature} owner to "${service}_bootstrap";
    revoke all on function "${service}".${signature} from public;
    grant execute on function "${service}".${signature} to "${service}_app";`;

export const bootstrapReadsSql = (service: string, table: string): string => `
    create policy bootstrap on "${service}"."${table}" for select to "${service}_bootstrap" using (true);
    grant select on "${service}"."${table}" to "${service}_bootstrap";`;

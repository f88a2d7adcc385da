import { createHash, randomBytes } from 'node:crypto';
import type { ClickHouseUsers } from './users.js';

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };
const text = (value: string | number): string => String(value).replace(/[&<>"']/g, (character) => escapes[character] ?? character);
const elements = (values: Record<string, string | number>): string =>
  Object.entries(values).map(([name, value]) => `<${name}>${text(value)}</${name}>`).join('');

/** Sizes in bytes. The engine's defaults reserve gigabytes for caches. */
const memory = {
  max_server_memory_usage: 1_073_741_824,
  mark_cache_size: 33_554_432,
  primary_index_cache_size: 33_554_432,
  index_mark_cache_size: 8_388_608,
  uncompressed_cache_size: 0,
  mmap_cache_size: 64,
  compiled_expression_cache_size: 8_388_608,
  query_condition_cache_size: 0,
  max_thread_pool_size: 500,
  max_thread_pool_free_size: 0,
  background_pool_size: 2,
  background_schedule_pool_size: 2,
  max_concurrent_queries: 100,
};

/** Without these, every user may read most of system.* and information_schema. */
const accessControl = {
  select_from_system_db_requires_grant: 'true',
  select_from_information_schema_requires_grant: 'true',
  settings_constraints_replace_previous: 'true',
};

export function renderServerConfig({ usersFile, logFile }: { usersFile: string; logFile: string }): string {
  const logger = elements({ level: 'warning', log: logFile, size: '10M', count: 1, console: 0 });
  return `<clickhouse><logger>${logger}</logger>${elements({ users_config: usersFile, ...memory })}`
    + `<access_control_improvements>${elements(accessControl)}</access_control_improvements></clickhouse>\n`;
}

/** The engine is built for the command line; these make it answer like a server. */
const serverSettings = { implicit_select: 0, storage_file_read_method: 'pread' };

/** The engine's own session runs as "default", without a password; it may do only what keeps the server listening. */
const engineUser = '<default><no_password/><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota>'
  + '<grants><query>GRANT SYSTEM LISTEN ON *.*</query><query>GRANT SELECT ON system.numbers</query></grants></default>';

function renderPolicies(policies: { database: string; table: string; filter: string }[]): string {
  const filters = policies.map(({ database, table, filter }) => `<${database}><${table}><filter>${text(filter)}</filter></${table}></${database}>`);
  return filters.length ? `<databases>${filters.join('')}</databases>` : '';
}

function renderUser(name: string, user: ClickHouseUsers[string]): string {
  const password = user.password ?? randomBytes(32).toString('hex');
  const hash = createHash('sha256').update(password).digest('hex');
  const rights = user.grants
    ? `<grants>${user.grants.map((grant) => `<query>${text(grant)}</query>`).join('')}</grants>`
    : '<access_management>1</access_management>';
  return `<${name}><password_sha256_hex>${hash}</password_sha256_hex><networks><ip>127.0.0.1</ip></networks><profile>${name}</profile>`
    + `<quota>default</quota>${rights}${renderPolicies(user.rowPolicies ?? [])}</${name}>`;
}

/** Users as the engine reads them at its start; SQL cannot add any, as it has no writable store for them. */
export function renderUsersConfig(users: ClickHouseUsers): string {
  const profiles = Object.entries(users).map(([name, { settings }]) => `<${name}>${elements({ ...serverSettings, ...settings })}</${name}>`);
  const accounts = Object.entries(users).map(([name, user]) => renderUser(name, user));
  return `<clickhouse><profiles><default>${elements(serverSettings)}</default>${profiles.join('')}</profiles>`
    + `<quotas><default/></quotas><users>${engineUser}${accounts.join('')}</users></clickhouse>\n`;
}

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

/**
 * Requests are taken only with the name of one of `users` in the header (Basic, as the client sends it, or
 * X-ClickHouse-User) and this machine's name in Host: a web page that points its own name here (DNS rebinding)
 * gets no answer, and nobody becomes the engine's own user, who has no password, by sending nothing. A program on
 * this machine still can, by `?user=default` beside such a header: rules cannot look into the query string.
 */
function renderHandlers(users: string[]): string {
  // Base64 encodes three bytes at a time, so the whole triples of "name:" are a fixed prefix.
  const prefixes = users.map((name) =>
    Buffer.from(`${name}:`)
      .subarray(0, Math.floor((name.length + 1) / 3) * 3)
      .toString('base64')
      .replaceAll('+', '\\+'),
  );
  const headers = {
    Authorization: `regex:Basic (${prefixes.join('|')})[A-Za-z0-9+/=]*`,
    'X-ClickHouse-User': `regex:(${users.join('|')})`,
  };
  const host = elements({ Host: 'regex:(localhost|127\\.0\\.0\\.1)(:[0-9]+)?' });
  const query = `<handler>${elements({ type: 'dynamic_query_handler', query_param_name: 'query' })}</handler>`;
  const rules = Object.entries(headers).map(
    ([name, value]) => `<rule><url>/</url><headers>${host}${elements({ [name]: value })}</headers>${query}</rule>`,
  );
  const alive = elements({ type: 'static', status: 200, response_content: 'Ok.' });
  const ping = `<rule>${elements({ url: '/ping' })}<handler>${alive}</handler></rule>`;
  return `<http_handlers>${ping}${rules.join('')}</http_handlers>`;
}

export interface ServerConfig {
  usersFile: string;
  logFile: string;
  /** Where BACKUP TO File may write, and RESTORE read. */
  backupsDir: string;
  users: string[];
}

export function renderServerConfig({ usersFile, logFile, backupsDir, users }: ServerConfig): string {
  const logger = elements({ level: 'warning', log: logFile, size: '10M', count: 1, console: 0 });
  return `<clickhouse><logger>${logger}</logger>${elements({ users_config: usersFile, ...memory })}${renderHandlers(users)}`
    + `<backups>${elements({ allowed_path: backupsDir })}</backups>`
    + `<access_control_improvements>${elements(accessControl)}</access_control_improvements></clickhouse>\n`;
}

/** The engine is built for the command line; these make it answer like a server. */
const serverSettings = { implicit_select: 0, storage_file_read_method: 'pread' };

/** As many statements as the engine itself runs; the interval is ten years, so that nobody gets a third. */
const engineQuota = '<engine><interval><duration>315360000</duration><queries>2</queries></interval></engine>';

/**
 * The engine's own session runs as "default", without a password. It may do only what keeps the server
 * listening, and only as often as the engine needs.
 */
const engineUser = '<default><no_password/><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>engine</quota>'
  + '<grants><query>GRANT SYSTEM LISTEN ON *.*</query><query>GRANT SELECT ON system.numbers</query></grants></default>';

function renderPolicies(policies: { database: string; table: string; filter: string }[]): string {
  const filters = policies.map(
    ({ database, table, filter }) => `<${database}><${table}><filter>${text(filter)}</filter></${table}></${database}>`,
  );
  return filters.length ? `<databases>${filters.join('')}</databases>` : '';
}

function renderUser(name: string, user: ClickHouseUsers[string]): string {
  const password = user.password ?? randomBytes(32).toString('hex');
  const hash = createHash('sha256').update(password).digest('hex');
  const rights = user.grants
    ? `<grants>${user.grants.map((grant) => `<query>${text(grant)}</query>`).join('')}</grants>`
    : '<access_management>1</access_management>';
  return `<${name}><password_sha256_hex>${hash}</password_sha256_hex><networks><ip>127.0.0.1</ip></networks><profile>${name}</profile>`
    + `<quota>${user.quotas ? name : 'default'}</quota>${rights}${renderPolicies(user.rowPolicies ?? [])}</${name}>`;
}

/** Counted for each key that the requests name (`keyed`), and for the user where they name none. */
const renderQuota = (name: string, quotas: NonNullable<ClickHouseUsers[string]['quotas']>): string =>
  `<${name}><keyed/>${quotas.map(({ seconds, limits }) => `<interval>${elements({ duration: seconds, ...limits })}</interval>`).join('')}</${name}>`;

/** Users as the engine reads them at its start; SQL cannot add any, as it has no writable store for them. */
export function renderUsersConfig(users: ClickHouseUsers): string {
  const profiles = Object.entries(users).map(
    ([name, { settings }]) => `<${name}>${elements({ ...serverSettings, ...settings })}</${name}>`,
  );
  const quotas = Object.entries(users).map(([name, user]) => (user.quotas ? renderQuota(name, user.quotas) : ''));
  const accounts = Object.entries(users).map(([name, user]) => renderUser(name, user));
  return `<clickhouse><profiles><default>${elements(serverSettings)}</default>${profiles.join('')}</profiles>`
    + `<quotas><default/>${engineQuota}${quotas.join('')}</quotas><users>${engineUser}${accounts.join('')}</users></clickhouse>\n`;
}

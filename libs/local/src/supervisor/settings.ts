import { isAbsolute, join } from 'node:path';
import { z } from 'zod';
import { LocalStackError } from '../local-stack-error.js';

/** Every port of the local platform: the variable that sets it is `ATRIUM_PORT_` and the name in capitals. */
export const defaultPorts = {
  gateway: 8000,
  auth: 8001,
  users: 8002,
  gallery: 8003,
  events: 8004,
  mailer: 8005,
  gallery_worker: 8013,
  events_worker: 8014,
  postgres: 5433,
  clickhouse: 8123,
  analysts: 8124,
  mail: 8025,
  smtp: 8026,
  s3: 9000,
  sqs: 9324,
  secrets: 9325,
} as const;
export type PortName = keyof typeof defaultPorts;
export type Ports = Readonly<Record<PortName, number>>;

export const portVariable = (name: PortName): string => `ATRIUM_PORT_${name.toUpperCase()}`;

/** Variables of the services' own that pass through: lives of keys and tokens in seconds, what a password's hash costs, what organizations may send, and how files are looked at. */
const passedOn = [
  'SIGNING_KEY_SECONDS',
  'SIGNING_KEY_WAIT_SECONDS',
  'SIGNING_KEYS_RELOAD_SECONDS',
  'JWKS_MAX_AGE_SECONDS',
  'ACCESS_TOKEN_SECONDS',
  'PASSWORD_HASH_MEMORY_KIB',
  'PASSWORD_HASH_PASSES',
  'EVENTS_QUOTA_PER_MONTH',
  'EVENTS_QUOTA_PER_SECOND',
  'EVENTS_BULK_BYTES_PER_SECOND',
  'EVENTS_MAX_WAITING_BYTES',
  'CLAMAV_HOST',
  'CLAMAV_PORT',
  'CLAMAV_STREAM_MAX_LENGTH',
  'IMAGE_PROCESSES',
  'IMAGE_MEMORY_MB',
] as const;

export interface LocalSettings {
  /** Folder of all local data. */
  readonly dataDir: string;
  readonly ports: Ports;
  /** Multiplies every rate limit. */
  readonly limitScale: number;
  readonly logLevel: string;
  /** OTLP/HTTP collector for traces. */
  readonly otlpEndpoint: string | undefined;
  /** Shared state on Redis or Valkey instead of PostgreSQL. */
  readonly redisUrl: string | undefined;
  /** Issuers that people may sign in with, as auth's secret has them. */
  readonly oauthProviders: readonly unknown[];
  /** Where browsers may return to from them; the gateway's own page where unset. */
  readonly oauthRedirectUris: string | undefined;
  /** Origins of web apps whose pages may call the API and the buckets, beside the gateway's own. */
  readonly corsOrigins: readonly string[];
  /** {@link passedOn}, where set. */
  readonly serviceVariables: Readonly<Record<string, string>>;
}

/** The text stays out of the message: it holds client secrets. */
const jsonList = z.string().transform((text, context): unknown[] => {
  try {
    const list: unknown = JSON.parse(text);
    if (Array.isArray(list)) return list;
  } catch {
    // Told below.
  }
  context.addIssue({ code: 'custom', message: 'must be a JSON array' });
  return z.NEVER;
});

const origins = z
  .string()
  .transform((list) => list.split(',').map((item) => item.trim()).filter(Boolean))
  .pipe(z.array(z.url('must be URLs, separated by commas').transform((url) => new URL(url).origin)));

const port = (byDefault: number) => z.coerce.number().int().min(1, 'must be a port, 1 to 65535').max(65_535).default(byDefault);

const names = Object.keys(defaultPorts) as PortName[];
const schema = z.object({
  ...Object.fromEntries(names.map((name) => [portVariable(name), port(defaultPorts[name])])),
  ATRIUM_DATA: z.string().default('.atrium'),
  ATRIUM_LIMIT_SCALE: z.coerce.number().positive().max(1_000_000).default(1),
  ATRIUM_LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  REDIS_URL: z.string().regex(/^rediss?:\/\//, 'must begin with redis:// or rediss://').optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: z.url().optional(),
  ATRIUM_OAUTH_PROVIDERS: jsonList.default([]),
  ATRIUM_OAUTH_REDIRECT_URIS: z.string().optional(),
  CORS_ORIGINS: origins.default([]),
  ...Object.fromEntries(passedOn.map((name) => [name, z.string().regex(/^[1-9]\d*$/, 'must be a whole number, 1 or more').optional()])),
});

/**
 * Reads the environment of `npm start`.
 *
 * @param root the project's folder, against which a relative ATRIUM_DATA is taken
 * @throws LocalStackError naming every bad variable
 */
export function readSettings(root: string, environment: Readonly<Record<string, string | undefined>>): LocalSettings {
  const present = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''));
  const result = schema.safeParse(present);
  if (!result.success) {
    const problems = result.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`);
    throw new LocalStackError(`The environment is not valid: ${problems.join('; ')}`);
  }
  const values: Readonly<Record<string, unknown>> = result.data;
  const ports = Object.fromEntries(names.map((name) => [name, Number(values[portVariable(name)])])) as Record<PortName, number>;
  assertDistinct(ports);
  const { ATRIUM_DATA: data, ATRIUM_LIMIT_SCALE: limitScale, ATRIUM_LOG_LEVEL: logLevel } = result.data;
  return {
    dataDir: isAbsolute(data) ? data : join(root, data),
    ports,
    limitScale,
    logLevel,
    otlpEndpoint: result.data.OTEL_EXPORTER_OTLP_ENDPOINT,
    redisUrl: result.data.REDIS_URL,
    oauthProviders: result.data.ATRIUM_OAUTH_PROVIDERS,
    oauthRedirectUris: result.data.ATRIUM_OAUTH_REDIRECT_URIS,
    corsOrigins: result.data.CORS_ORIGINS,
    serviceVariables: Object.fromEntries(passedOn.filter((name) => values[name] !== undefined).map((name) => [name, String(values[name])])),
  };
}

function assertDistinct(ports: Ports): void {
  const taken = new Map<number, PortName>();
  for (const name of names) {
    const other = taken.get(ports[name]);
    if (other) throw new LocalStackError(`${portVariable(other)} and ${portVariable(name)} are both ${ports[name]}: choose two ports`);
    taken.set(ports[name], name);
  }
}

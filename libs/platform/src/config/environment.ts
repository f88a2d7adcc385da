import { z } from 'zod';

const port = z.coerce.number().int().min(0).max(65_535);
const commaSeparated = z.string().transform((list) => list.split(',').map((item) => item.trim()).filter(Boolean));

/** What every process of the platform reads. */
export const processEnvironment = {
  PORT: port,
  HOST: z.string().default('127.0.0.1'),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  AWS_REGION: z.string().default('eu-central-1'),
  /** Base URL of an OTLP/HTTP collector; spans are exported only when set. */
  OTEL_EXPORTER_OTLP_ENDPOINT: z.url().optional(),
  /** Addresses or CIDR blocks whose X-Forwarded-For is believed; nobody's by default. */
  TRUSTED_PROXIES: commaSeparated.default([]),
  /** Milliseconds between readiness turning false and the listener closing, so that balancers notice. */
  DRAIN_DELAY_MS: z.coerce.number().int().min(0).max(60_000).default(0),
} as const;

/** What every process that verifies access tokens reads. */
export const tokenEnvironment = {
  JWKS_URL: z.url(),
  TOKEN_ISSUER: z.url(),
  TOKEN_AUDIENCE: z.string().default('atrium'),
  /** Age at which a process reads the issuer's keys again; auth waits for longer before it signs with a new one. */
  JWKS_MAX_AGE_SECONDS: z.coerce.number().int().min(1).max(3_600).default(300),
  /** Secret with the shared state's `{url}`: redis://, rediss:// or postgres://. */
  STATE_SECRET_ID: z.string(),
} as const;

/** What every process with a schema of its own reads. */
export const databaseEnvironment = {
  /** Secret with `{host, port, dbname, username, password}`, read at connect time so that a rotation needs no restart. */
  DATABASE_SECRET_ID: z.string(),
  DATABASE_POOL_SIZE: z.coerce.number().int().min(1).max(100).default(10),
  DATABASE_TLS: z.enum(['off', 'verify']).default('off'),
} as const;

/** What every process that sends or receives messages reads. */
export const messagingEnvironment = {
  /** Queue URLs are this plus the queue's name, e.g. `https://sqs.eu-central-1.amazonaws.com/123456789012/atrium-prod-`. */
  QUEUE_URL_BASE: z.url(),
} as const;

/** What a migration task reads. */
export const migrationConfig = z.object({
  LOG_LEVEL: processEnvironment.LOG_LEVEL,
  AWS_REGION: processEnvironment.AWS_REGION,
  /** As DATABASE_SECRET_ID, of the role that owns the schema. */
  DATABASE_OWNER_SECRET_ID: z.string(),
  DATABASE_TLS: databaseEnvironment.DATABASE_TLS,
});
/** What a provisioning task reads. */
export const provisioningConfig = migrationConfig.extend({
  /** As DATABASE_SECRET_ID, of the administrator who makes roles and schemas. */
  DATABASE_ADMIN_SECRET_ID: z.string(),
  DATABASE_SECRET_ID: databaseEnvironment.DATABASE_SECRET_ID,
});
export type ProvisioningConfig = z.output<typeof provisioningConfig>;

export type MigrationConfig = z.output<typeof migrationConfig>;

export type ProcessConfig = z.output<z.ZodObject<typeof processEnvironment>>;

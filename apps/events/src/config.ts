import { queues } from '@atrium/contracts/queues';
import { databaseEnvironment, messagingEnvironment, migrationConfig, processEnvironment, provisioningConfig, tokenEnvironment } from '@atrium/platform/config';
import { z } from 'zod';

const clickHouseEnvironment = {
  /** Secret with `{url, database, writer: {username, password}, reader: {username, password}}`. */
  CLICKHOUSE_SECRET_ID: z.string(),
} as const;

/** What the API reads. */
export const eventsConfig = z.object({
  ...processEnvironment,
  ...tokenEnvironment,
  ...databaseEnvironment,
  ...messagingEnvironment,
  ...clickHouseEnvironment,
  /** Base URL of the users service, asked about sites that this service has not heard of yet. */
  USERS_URL: z.url(),
  /** Base URL under which clients reach the gateway; SDKs in browsers are told to send there. */
  PUBLIC_URL: z.url(),
  /** Port on which tools speak ClickHouse's HTTP interface; unset, they can't. */
  ANALYSTS_PORT: z.coerce.number().int().min(0).max(65_535).optional(),
  /** Where they reach it from outside, as accounts are told: behind a load balancer that ends TLS, https. */
  ANALYSTS_URL: z.url({ protocol: /^https?$/ }).optional(),
  /** Days after its time at which an event is deleted; five years by default, as old as an event may come. */
  EVENTS_RETENTION_DAYS: z.coerce.number().int().min(1).max(3_650).default(1_827),
  /** What is kept of the addresses that events come from: their network (/24, /48), or nothing. */
  EVENTS_ADDRESSES: z.enum(['network', 'none']).default('network'),
  /** Milliseconds that an accepted event waits for others to share a queue message with while none is under way. */
  EVENTS_PACK_LINGER_MS: z.coerce.number().int().min(0).max(10).default(0),
  /** Bytes of accepted events that may wait for the queue; beyond, requests are answered 503. */
  EVENTS_MAX_WAITING_BYTES: z.coerce.number().int().min(1_048_576).default(67_108_864),
  /** Bytes of events a second, at one instance, beyond which an organization has packs and a queue apart from the others. */
  EVENTS_BULK_BYTES_PER_SECOND: z.coerce.number().int().min(1).default(262_144),
  /** Events that an organization may send in a UTC month; the operator's command sets others. */
  EVENTS_QUOTA_PER_MONTH: z.coerce.number().int().min(0).max(1e15).default(100_000_000),
  /** Events a second, measured over ten; the least lets one batch of the greatest length through. */
  EVENTS_QUOTA_PER_SECOND: z.coerce.number().int().min(100).max(100_000_000).default(100_000),
  /** Multiplies the default rate, as it does every rate limit. */
  LIMIT_SCALE: z.coerce.number().positive().max(1_000_000).default(1),
});
export type EventsConfig = z.output<typeof eventsConfig>;

/** What the worker reads; its port serves health and metrics. */
export const eventsWorkerConfig = z.object({
  ...processEnvironment,
  ...messagingEnvironment,
  ...clickHouseEnvironment,
  /** Parallel receivers; each has up to `EVENTS_WORKER_BATCH` packs at hand, of a megabyte at most. */
  EVENTS_WORKER_POLLERS: z.coerce.number().int().min(1).max(32).default(16),
  EVENTS_WORKER_BATCH: z.coerce.number().int().min(1).max(10).default(10),
  /** Seconds after which the packs of a worker that died come to another; a heartbeat prolongs them where it lives. */
  EVENTS_WORKER_VISIBILITY_SECONDS: z.coerce.number().int().min(3).max(43_200).default(queues.eventsIngest.visibilityTimeoutSeconds),
  /** Milliseconds between the beginnings of two small inserts; the most that an event waits for company. */
  EVENTS_WORKER_SPACING_MS: z.coerce.number().int().min(0).max(5_000).default(500),
  /** As EVENTS_WORKER_POLLERS, for packs of organizations that send a great deal. Two inserts of half that these have at hand are under way at most; smaller ones cost more a row. */
  EVENTS_WORKER_BULK_POLLERS: z.coerce.number().int().min(1).max(16).default(8),
});
export type EventsWorkerConfig = z.output<typeof eventsWorkerConfig>;

/** What the migration task reads. */
export const eventsMigrationConfig = migrationConfig.extend({
  /** Secret with `{url, database, username, password}` of the user who may create tables and views. */
  CLICKHOUSE_OWNER_SECRET_ID: z.string(),
});

/** What the provisioning task reads. */
export const eventsProvisioningConfig = provisioningConfig.extend({
  ...clickHouseEnvironment,
  CLICKHOUSE_OWNER_SECRET_ID: z.string(),
  /** As CLICKHOUSE_OWNER_SECRET_ID, of the administrator who makes users. */
  CLICKHOUSE_ADMIN_SECRET_ID: z.string(),
});

/** What the task reads that gives ClickHouse's users new passwords. */
export const eventsRotationConfig = eventsProvisioningConfig.pick({
  LOG_LEVEL: true,
  AWS_REGION: true,
  CLICKHOUSE_SECRET_ID: true,
  CLICKHOUSE_OWNER_SECRET_ID: true,
  CLICKHOUSE_ADMIN_SECRET_ID: true,
});

import { z } from 'zod';

const identifier = z.string().regex(/^[a-z_][a-z0-9_]*$/i, 'a plain SQL identifier');

const userSchema = z.strictObject({
  /** null: nobody logs in as this user; it can still be the DEFINER of a view. */
  password: z.string().min(1).nullable(),
  /** GRANT statements without "TO user". Absent: every right. */
  grants: z.array(z.string().startsWith('GRANT ')).optional(),
  /** Rows of a table that this user sees, applied before anything the query says. */
  rowPolicies: z.array(z.strictObject({ database: identifier, table: identifier, filter: z.string() })).optional(),
  /** Settings of the user's profile, such as limits. */
  settings: z.record(identifier, z.union([z.string(), z.number()])).optional(),
  /** What may be used in so many seconds, counted for each `quota_key` that the requests name. */
  quotas: z.array(z.strictObject({ seconds: z.int().positive(), limits: z.record(identifier, z.number()) })).optional(),
});

export const usersSchema = z.record(
  // A name that begins like "default" could not be told from it by the first letters of a Basic header.
  identifier.min(2).refine((name) => !name.startsWith('def'), 'not "default" or alike: the engine itself runs as that user'),
  userSchema,
);

/** Users by name. */
export type ClickHouseUsers = z.infer<typeof usersSchema>;

const queryId = 'initialQueryID()';

/**
 * The row filter that confines a user to the organization, or to one site of it, with which the service begins the
 * request's `query_id`: `<org>.<anything>` or `<org>/<site>.<anything>`. No SQL can change that id. A setting would not
 * do: what SETTINGS says in a subquery is checked against neither `readonly` nor constraints (ADR 0033).
 */
export const organizationRowFilter =
  `org_id = toUUIDOrZero(substring(${queryId}, 1, 36))` +
  ` AND (substring(${queryId}, 37, 1) != '/' OR site_id = toUUIDOrZero(substring(${queryId}, 38, 36)))`;

/** Limits for a user who runs SQL written by others. Times in seconds, memory in bytes. */
export const untrustedQueryLimits = {
  max_execution_time: 30,
  timeout_before_checking_execution_speed: 0,
  // Three queries at a time are one organization's: together they leave a fourth for the others.
  max_memory_usage: 134_217_728,
  // All queries of all organizations together: inserts and merges keep the other half of the local server.
  max_memory_usage_for_user: 536_870_912,
  max_rows_to_read: 200_000_000,
  max_bytes_to_read: 20_000_000_000,
  max_result_rows: 100_000,
  max_result_bytes: 67_108_864,
  result_overflow_mode: 'throw',
  max_threads: 2,
  max_concurrent_queries_for_user: 16,
  max_ast_depth: 500,
  max_ast_elements: 20_000,
  max_query_size: 262_144,
  max_subquery_depth: 50,
  allow_ddl: 0,
  allow_introspection_functions: 0,
  max_recursive_cte_evaluation_depth: 100,
  // Answers are one organization's: none is kept for whoever asks the same.
  use_query_cache: 0,
  use_query_condition_cache: 0,
} as const;

/** What one organization may use in a minute, at whatever speed it asks: half of the server's two cores. Times in seconds. */
export const untrustedQueryQuota = [{ seconds: 60, limits: { queries: 3_000, execution_time: 120, read_rows: 2_000_000_000 } }];

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
});

export const usersSchema = z.record(
  // A name that begins like "default" could not be told from it by the first letters of a Basic header.
  identifier.min(2).refine((name) => !name.startsWith('def'), 'not "default" or alike: the engine itself runs as that user'),
  userSchema,
);

/** Users by name. */
export type ClickHouseUsers = z.infer<typeof usersSchema>;

/**
 * The row filter that confines a user to the organization which the service names in the request's
 * `log_comment`. The service must send `readonly=1` along, or the SQL could set another one.
 */
export const organizationRowFilter = `org_id = toUUIDOrZero(getSetting('log_comment'))`;

/** Limits for a user who runs SQL written by others. Times in seconds, memory in bytes. */
export const untrustedQueryLimits = {
  max_execution_time: 30,
  timeout_before_checking_execution_speed: 0,
  max_memory_usage: 268_435_456,
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
} as const;

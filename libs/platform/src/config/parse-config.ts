import type { z } from 'zod';

/** The environment as Node gives it. */
export type Environment = Readonly<Record<string, string | undefined>>;

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * Reads a service's configuration once, at start. Every problem is listed at once, by variable; values never appear in
 * the message, since some are secrets. An empty variable counts as unset.
 *
 * @throws ConfigError
 */
export function parseConfig<S extends z.ZodType>(service: string, schema: S, environment: Environment): z.output<S> {
  const present = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''));
  const result = schema.safeParse(present);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `  ${issue.path.join('.') || '(all)'}: ${issue.message}`);
  throw new ConfigError(`The configuration of ${service} is not valid:\n${problems.join('\n')}`);
}

import { z } from 'zod';
import { LocalStackError } from '../local-stack-error.js';
import { type LocalSettings, readSettings } from '../supervisor/settings.js';

const listOf = (text: string): string[] => text.split(',').map((item) => item.trim()).filter(Boolean);

const schema = z.object({
  LISTEN_HOST: z.string().default('0.0.0.0'),
  /** Comma-separated names of this container, by which others ask. */
  LISTEN_NAMES: z.string().default('').transform(listOf),
  POSTGRES_HOST: z.string(),
  POSTGRES_PORT: z.coerce.number().int().min(1).max(65_535).default(5432),
  CLICKHOUSE_URL: z.url(),
  STATE_URL: z.string().regex(/^rediss?:\/\//, 'must begin with redis:// or rediss://'),
});

export type ContainerSettings = LocalSettings & { readonly container: z.output<typeof schema> };

/**
 * Where the engines are, which here are containers of their own; the rest as `npm start` reads it.
 *
 * @throws LocalStackError naming every bad variable
 */
export function readContainerSettings(environment: Readonly<Record<string, string | undefined>>): ContainerSettings {
  const result = schema.safeParse(environment);
  if (!result.success) {
    const problems = result.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`);
    throw new LocalStackError(`The environment is not valid: ${problems.join('; ')}`);
  }
  return { ...readSettings('/', environment), container: result.data };
}

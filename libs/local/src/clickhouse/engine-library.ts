import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { LocalStackError } from '../local-stack-error.js';

const packages: Record<string, string> = {
  'linux-x64': '@chdb/lib-linux-x64-gnu',
  'linux-arm64': '@chdb/lib-linux-arm64-gnu',
  'darwin-x64': '@chdb/lib-darwin-x64',
  'darwin-arm64': '@chdb/lib-darwin-arm64',
};

/** Path of the shared library that carries ClickHouse for this platform. Throws LocalStackError when it was not installed. */
export function locateEngine(platform: string = process.platform, arch: string = process.arch): string {
  const name = packages[`${platform}-${arch}`];
  if (!name) {
    throw new LocalStackError(
      `ClickHouse has no npm package for ${platform}-${arch}: run the local stack on Linux (glibc) or macOS, x64 or arm64`,
    );
  }
  try {
    return join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), 'libchdb.so');
  } catch (error) {
    throw new LocalStackError(
      `${name} is not installed: run npm install without --omit=optional on this machine (Alpine and other musl systems are not supported)`,
      { cause: error },
    );
  }
}

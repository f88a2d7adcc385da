import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Everything that the services of a platform have logged. */
export const logsOf = (dataDir: string): string => {
  const folder = join(dataDir, 'logs');
  return readdirSync(folder)
    .map((file) => readFileSync(join(folder, file), 'utf8'))
    .join('\n');
};

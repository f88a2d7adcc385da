import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { writeFileDurably } from '../data-folder.js';
import { LocalStackError } from '../local-stack-error.js';

const word = z.string().min(16);
const secret = (): string => randomBytes(24).toString('base64url');

const credentialsSchema = z.object({
  postgres: word,
  state: word,
  owner: z.record(z.string(), word),
  app: z.record(z.string(), word),
  // The migrator exists where ClickHouse takes its users from SQL; files made before don't know it.
  clickhouse: z.object({ admin: word, migrator: word.default(() => secret()), writer: word, reader: word }),
  aws: z.object({ accessKeyId: word, secretAccessKey: word }),
});
export type Credentials = z.output<typeof credentialsSchema>;

/** Services with a schema in PostgreSQL. */
export const databaseServices = ['auth', 'users', 'gallery', 'events', 'mailer'] as const;

const perService = (): Record<string, string> => Object.fromEntries(databaseServices.map((service) => [service, secret()]));

const generate = (): Credentials => ({
  postgres: secret(),
  state: secret(),
  owner: perService(),
  app: perService(),
  clickhouse: { admin: secret(), migrator: secret(), writer: secret(), reader: secret() },
  aws: { accessKeyId: `LOCAL${randomBytes(10).toString('hex').toUpperCase()}`, secretAccessKey: secret() },
});

/** Passwords of the local engines: random, made at the first start, kept in the data folder for its owner alone. */
export function openCredentials(dataDir: string): Credentials {
  const file = join(dataDir, 'credentials.json');
  if (!existsSync(file)) {
    const credentials = generate();
    writeFileDurably(file, JSON.stringify(credentials, null, 2));
    return credentials;
  }
  try {
    return credentialsSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new LocalStackError(`${file} can't be read: restore it, or move ${dataDir} away to start empty`, { cause: error });
  }
}

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { openDataFolder, writeFileDurably } from '../data-folder.js';
import { LocalStackError } from '../local-stack-error.js';
import { notFound } from './aws-error.js';
import { secretSchema, type Secret } from './secret.js';

const fileSchema = z.object({ secrets: z.array(secretSchema) });

/** All secrets in one file, replaced as a whole at each change. */
export class SecretStore {
  private readonly file: string;
  private secrets: Secret[];

  /** Throws LocalStackError for a folder or file that cannot be used. */
  constructor(dataDir: string) {
    openDataFolder(dataDir, 'the secrets manager');
    this.file = join(dataDir, 'secrets.json');
    this.secrets = this.read();
  }

  list(): Secret[] {
    return structuredClone(this.secrets);
  }

  /** A copy; what is done to it counts once it is saved. */
  find(nameOrArn: string): Secret | undefined {
    const secret = this.secrets.find(({ name, arn }) => name === nameOrArn || arn === nameOrArn || arn.slice(0, -7) === nameOrArn);
    return secret && structuredClone(secret);
  }

  get(nameOrArn: string): Secret {
    const secret = this.find(nameOrArn);
    if (!secret) throw notFound();
    return secret;
  }

  /** On disk, synced, when this returns. */
  save(secret: Secret): void {
    this.write([...this.secrets.filter(({ name }) => name !== secret.name), secret]);
  }

  remove({ name: removed }: Secret): void {
    this.write(this.secrets.filter(({ name }) => name !== removed));
  }

  private write(secrets: Secret[]): void {
    writeFileDurably(this.file, JSON.stringify({ secrets }, null, 2));
    this.secrets = secrets;
  }

  private read(): Secret[] {
    if (!existsSync(this.file)) return [];
    try {
      return fileSchema.parse(JSON.parse(readFileSync(this.file, 'utf8'))).secrets;
    } catch (error) {
      throw new LocalStackError(`The secrets in ${this.file} cannot be read: restore the file or move it away to start without secrets`, {
        cause: error,
      });
    }
  }
}

import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { writeFileDurably } from '../data-folder.js';

/** What a newcomer needs to try the platform. */
export const demoSchema = z.object({
  organization: z.string(),
  organization_id: z.string(),
  email: z.string(),
  password: z.string(),
  site_id: z.string(),
  write_key: z.string(),
});
export type Demo = z.output<typeof demoSchema>;

const accountSchema = demoSchema.pick({ email: true, password: true });
export type DemoAccount = z.output<typeof accountSchema>;

const firstEmail = 'admin@demo.example.com';

function read<S extends z.ZodType>(file: string, schema: S): z.output<S> | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return schema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    // Damaged: the demo is made anew, nothing else depends on it.
    return undefined;
  }
}

/** What the data folder remembers of the demo: the account before it is registered, everything when it is made. */
export class DemoFile {
  private readonly file: string;

  constructor(dataDir: string) {
    this.file = join(dataDir, 'demo.json');
  }

  /** The demo, when it was made to its end. */
  finished(): Demo | undefined {
    return read(this.file, demoSchema);
  }

  /** The account of a demo that may not be finished; a new one where there is none. */
  account(): DemoAccount {
    return read(this.file, accountSchema) ?? this.begin(firstEmail);
  }

  /** An address that nobody has, where the first one is taken by an account whose password is lost. */
  otherAccount(): DemoAccount {
    return this.begin(`admin-${randomBytes(3).toString('hex')}@demo.example.com`);
  }

  finish(demo: Demo): void {
    writeFileDurably(this.file, JSON.stringify(demo, null, 2));
  }

  /** On disk before it is used, so that a kill at any moment leaves a password that works. */
  private begin(email: string): DemoAccount {
    const account = { email, password: randomBytes(12).toString('base64url') };
    writeFileDurably(this.file, JSON.stringify(account, null, 2));
    return account;
  }
}

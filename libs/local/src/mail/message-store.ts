import { readFileSync, readdirSync, rmSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { openDataFolder, writeFileDurably } from '../data-folder.js';

const messageSchema = z.object({
  id: z.string(),
  from: z.string(),
  /** Every envelope recipient, blind copies too. */
  to: z.array(z.string()),
  subject: z.string(),
  text: z.string(),
  html: z.string().optional(),
  /** ISO 8601, UTC. */
  received_at: z.string(),
});
export type Message = z.infer<typeof messageSchema>;

/** One file per mail, named so that the order of names is the order of arrival. */
export class MessageStore {
  /** File names without their ending, oldest first. */
  private readonly names: string[];
  private readonly messages = new Map<string, Message>();
  private sequence = 0;

  /** `capacity`: how many of the newest are kept. Throws LocalStackError for a folder that cannot be used. */
  constructor(private readonly folder: string, private readonly capacity: number) {
    openDataFolder(folder, 'the mail inbox');
    this.names = readdirSync(folder).filter((name) => name.endsWith('.json')).sort();
    for (const name of this.names) this.load(name);
    this.sequence = Number(this.names.at(-1)?.slice(0, 12) ?? 0);
    this.dropOldest();
  }

  /** On disk, synced, when this returns. */
  add(mail: Omit<Message, 'id' | 'received_at'>): Message {
    const message: Message = { id: randomUUID(), ...mail, received_at: new Date().toISOString() };
    this.sequence += 1;
    const name = `${String(this.sequence).padStart(12, '0')}.json`;
    writeFileDurably(join(this.folder, name), JSON.stringify(message));
    this.names.push(name);
    this.messages.set(name, message);
    this.dropOldest();
    return message;
  }

  /** Newest first. */
  list(): Message[] {
    return this.names.map((name) => this.messages.get(name)).filter((message) => message !== undefined).reverse();
  }

  find(id: string): Message | undefined {
    return this.list().find((message) => message.id === id);
  }

  clear(): void {
    for (const name of this.names.splice(0)) this.remove(name);
  }

  private load(name: string): void {
    try {
      this.messages.set(name, messageSchema.parse(JSON.parse(readFileSync(join(this.folder, name), 'utf8'))));
    } catch {
      // A file damaged from outside is not shown; it leaves with the oldest.
    }
  }

  private dropOldest(): void {
    while (this.names.length > this.capacity) this.remove(this.names.shift() ?? '');
  }

  private remove(name: string): void {
    this.messages.delete(name);
    rmSync(join(this.folder, name), { force: true });
  }
}

import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { readJson, writeJsonDurably } from '../storage/durable-file.js';
import type { S3EventNotification } from './s3-event.js';

const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 5_000;
const CONCURRENT_SENDS = 8;
/** A send that hangs must not hold up the stop: its record is on disk. */
const STOP_PATIENCE_MS = 2_000;

const pendingSchema = z.object({
  bucket: z.string(),
  message: z.custom<S3EventNotification>((value) => z.object({ Records: z.array(z.unknown()).min(1) }).safeParse(value).success),
});

export type SendNotification = (message: S3EventNotification) => Promise<void>;

interface Pending {
  readonly path: string;
  readonly bucket: string;
  readonly message: S3EventNotification;
}

/**
 * Notifications on disk until their `send` resolves: at least once, whatever stops in between. One that was written
 * for an object that a crash kept from becoming visible is sent as well, as S3 sends one for an object since deleted.
 */
export class NotificationOutbox {
  private readonly queue: Pending[] = [];
  private readonly stopping = new AbortController();
  private readonly workers = new Set<Promise<void>>();

  private constructor(
    private readonly folder: string,
    private readonly temporaryFolder: string,
    private readonly senders: ReadonlyMap<string, SendNotification>,
    private readonly onFailure: (bucket: string, error: unknown) => void,
  ) {}

  /** Opens the folder and takes up what an earlier run left unsent. */
  static async open(
    dataDir: string,
    temporaryFolder: string,
    senders: ReadonlyMap<string, SendNotification>,
    onFailure: (bucket: string, error: unknown) => void,
  ): Promise<NotificationOutbox> {
    const outbox = new NotificationOutbox(join(dataDir, 'notifications'), temporaryFolder, senders, onFailure);
    await mkdir(outbox.folder, { recursive: true });
    for (const file of (await readdir(outbox.folder)).sort()) {
      const path = join(outbox.folder, file);
      outbox.dispatch({ path, ...(await readJson(path, pendingSchema)) });
    }
    return outbox;
  }

  /** Writes a notification down. It is sent once `release` is called, and dropped by `revoke`. */
  async hold(bucket: string, message: S3EventNotification): Promise<{ release(): void; revoke(): Promise<void> }> {
    const sequencer = message.Records[0]?.s3.object.sequencer ?? '';
    const pending = { path: join(this.folder, `${sequencer}-${randomUUID()}.json`), bucket, message };
    await writeJsonDurably(this.temporaryFolder, pending.path, { bucket, message });
    return { release: () => this.dispatch(pending), revoke: () => rm(pending.path, { force: true }) };
  }

  /** Waits a little for sends under way; what still waits for another try stays on disk. */
  async stop(): Promise<void> {
    this.stopping.abort();
    const patience = new AbortController();
    const waited = delay(STOP_PATIENCE_MS, undefined, { signal: patience.signal }).catch(() => undefined);
    await Promise.race([Promise.all(this.workers), waited]);
    patience.abort();
  }

  private dispatch(pending: Pending): void {
    this.queue.push(pending);
    if (this.workers.size >= CONCURRENT_SENDS) return;
    const worker = this.drain().finally(() => this.workers.delete(worker));
    this.workers.add(worker);
  }

  private async drain(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      const pending = this.queue.shift();
      if (!pending) return;
      await this.deliver(pending);
    }
  }

  private async deliver(pending: Pending): Promise<void> {
    const send = this.senders.get(pending.bucket);
    // A bucket that no longer notifies keeps its record until it does again.
    if (!send) return;
    for (let wait = FIRST_RETRY_MS; !this.stopping.signal.aborted; wait = Math.min(wait * 2, LONGEST_RETRY_MS)) {
      try {
        await send(pending.message);
        await rm(pending.path, { force: true });
        return;
      } catch (error) {
        this.onFailure(pending.bucket, error);
        await delay(wait, undefined, { signal: this.stopping.signal }).catch(() => undefined);
      }
    }
  }
}

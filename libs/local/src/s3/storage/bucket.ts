import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { discardBlob, type StagedBlob } from './blob-writer.js';
import { publishFile, readJson, removeDurably, writeJsonDurably } from './durable-file.js';
import { KeyedMutex } from './keyed-mutex.js';
import { objectMetadataSchema, type ObjectMetadata } from './object-metadata.js';
import { SortedKeys } from './sorted-keys.js';

export type NewObject = Omit<ObjectMetadata, 'blob' | 'lastModified'>;

export interface CommitHooks {
  /** Throws when the object that is there now forbids the write. Runs under the key's lock. */
  readonly precondition: (current: ObjectMetadata | undefined) => void;
  /** Runs after the bytes are in place and before the object exists; when it throws, the object doesn't. */
  readonly beforeVisible?: (metadata: ObjectMetadata) => Promise<void>;
}

/**
 * One bucket on disk: `blobs/<uuid>` holds bytes, `objects/<sha256 of the key>.json` says which blob a key has.
 * Keys never become paths. The metadata is also kept in memory, for lists and conditions.
 */
export class Bucket {
  private readonly objects = new Map<string, ObjectMetadata>();
  private readonly keys = new SortedKeys();
  private readonly writes = new KeyedMutex();

  private constructor(readonly name: string, private readonly folder: string, private readonly temporaryFolder: string) {}

  /** Opens a bucket's folder, making it when missing, and sweeps blobs that no object refers to. */
  static async open(name: string, folder: string, temporaryFolder: string): Promise<Bucket> {
    const bucket = new Bucket(name, folder, temporaryFolder);
    await mkdir(join(folder, 'blobs'), { recursive: true });
    await mkdir(join(folder, 'objects'), { recursive: true });
    for (const file of await readdir(join(folder, 'objects'))) {
      const metadata = await readJson(join(folder, 'objects', file), objectMetadataSchema);
      bucket.remember(metadata);
    }
    await bucket.sweepOrphans();
    return bucket;
  }

  get isEmpty(): boolean {
    return this.objects.size === 0;
  }

  find(key: string): ObjectMetadata | undefined {
    return this.objects.get(key);
  }

  /** Keys from `start` on in UTF-8 order, the order in which S3 lists. */
  keysFrom(start: string): Iterable<string> {
    return this.keys.from(start);
  }

  /** Publishes staged bytes under a key. On any error the staged file is gone and the old object stands. */
  async commit(blob: StagedBlob, object: NewObject, hooks: CommitHooks): Promise<ObjectMetadata> {
    try {
      return await this.writes.run(object.key, async () => {
        const previous = this.objects.get(object.key);
        hooks.precondition(previous);
        const metadata: ObjectMetadata = { ...object, blob: randomUUID(), lastModified: new Date().toISOString() };
        await publishFile(blob.path, this.blobPath(metadata));
        await this.makeVisible(metadata, hooks);
        if (previous) await rm(this.blobPath(previous), { force: true });
        return metadata;
      });
    } catch (error) {
      await discardBlob(blob);
      throw error;
    }
  }

  async delete(key: string): Promise<void> {
    await this.writes.run(key, async () => {
      const metadata = this.objects.get(key);
      if (!metadata) return;
      await removeDurably(this.metadataPath(key));
      this.objects.delete(key);
      this.keys.delete(key);
      await rm(this.blobPath(metadata), { force: true });
    });
  }

  /** Opens an object for reading: the handle stays good when the object is overwritten or deleted meanwhile. */
  async openObject(key: string): Promise<{ metadata: ObjectMetadata; handle: FileHandle } | undefined> {
    return this.writes.run(key, async () => {
      const metadata = this.objects.get(key);
      return metadata && { metadata, handle: await open(this.blobPath(metadata), 'r') };
    });
  }

  private async makeVisible(metadata: ObjectMetadata, hooks: CommitHooks): Promise<void> {
    try {
      await hooks.beforeVisible?.(metadata);
      await writeJsonDurably(this.temporaryFolder, this.metadataPath(metadata.key), metadata);
    } catch (error) {
      await rm(this.blobPath(metadata), { force: true });
      throw error;
    }
    this.remember(metadata);
  }

  private remember(metadata: ObjectMetadata): void {
    if (!this.objects.has(metadata.key)) this.keys.add(metadata.key);
    this.objects.set(metadata.key, metadata);
  }

  private async sweepOrphans(): Promise<void> {
    const used = new Set([...this.objects.values()].map((metadata) => metadata.blob));
    for (const blob of await readdir(join(this.folder, 'blobs'))) {
      if (!used.has(blob)) await rm(join(this.folder, 'blobs', blob), { force: true });
    }
  }

  private blobPath(metadata: ObjectMetadata): string {
    return join(this.folder, 'blobs', metadata.blob);
  }

  private metadataPath(key: string): string {
    return join(this.folder, 'objects', `${createHash('sha256').update(key).digest('hex')}.json`);
  }
}

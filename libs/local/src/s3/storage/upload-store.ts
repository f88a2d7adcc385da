import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { CHECKSUM_ALGORITHMS } from '../body/checksum-algorithm.js';
import { S3Error } from '../protocol/s3-error.js';
import type { StagedBlob } from './blob-writer.js';
import { publishFile, readJson, removeDurably, syncFolder, writeJsonDurably } from './durable-file.js';
import { KeyedMutex } from './keyed-mutex.js';
import { checksumSchema } from './object-metadata.js';

const uploadSchema = z.object({
  uploadId: z.uuid(),
  bucket: z.string(),
  key: z.string(),
  initiated: z.iso.datetime(),
  headers: z.record(z.string(), z.string()),
  userMetadata: z.record(z.string(), z.string()),
  checksumAlgorithm: z.enum(CHECKSUM_ALGORITHMS).optional(),
});
export type MultipartUpload = z.infer<typeof uploadSchema>;

const partSchema = z.object({
  number: z.int().min(1).max(10_000),
  blob: z.uuid(),
  size: z.int().nonnegative(),
  /** Hex MD5, without quotes. */
  etag: z.string(),
  lastModified: z.iso.datetime(),
  checksum: checksumSchema.optional(),
});
export type UploadedPart = z.infer<typeof partSchema>;

/** Multipart uploads under way: `uploads/<id>/upload.json`, `part-<n>.json` and the parts' bytes. */
export class UploadStore {
  private readonly uploads = new Map<string, { upload: MultipartUpload; parts: Map<number, UploadedPart> }>();
  private readonly writes = new KeyedMutex();

  private constructor(private readonly folder: string, private readonly temporaryFolder: string) {}

  static async open(dataDir: string, temporaryFolder: string): Promise<UploadStore> {
    const store = new UploadStore(join(dataDir, 'uploads'), temporaryFolder);
    await mkdir(store.folder, { recursive: true });
    for (const uploadId of await readdir(store.folder)) await store.load(uploadId);
    return store;
  }

  async create(values: Omit<MultipartUpload, 'uploadId' | 'initiated'>): Promise<MultipartUpload> {
    const upload = { ...values, uploadId: randomUUID(), initiated: new Date().toISOString() };
    const folder = join(this.folder, upload.uploadId);
    await mkdir(folder);
    await writeJsonDurably(this.temporaryFolder, join(folder, 'upload.json'), upload);
    await syncFolder(this.folder);
    this.uploads.set(upload.uploadId, { upload, parts: new Map() });
    return upload;
  }

  list(bucket: string): MultipartUpload[] {
    return [...this.uploads.values()].map(({ upload }) => upload).filter((upload) => upload.bucket === bucket);
  }

  /** @throws S3Error `NoSuchUpload`, also when the id belongs to another bucket or key */
  get(uploadId: string, bucket: string, key: string): { upload: MultipartUpload; parts: UploadedPart[] } {
    const found = this.uploads.get(uploadId);
    if (!found || found.upload.bucket !== bucket || found.upload.key !== key) {
      throw new S3Error(
        'NoSuchUpload',
        'The specified multipart upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
        { UploadId: uploadId },
      );
    }
    return { upload: found.upload, parts: [...found.parts.values()].sort((a, b) => a.number - b.number) };
  }

  /** Stores a part, in place of an earlier one of its number. */
  async putPart(upload: MultipartUpload, number: number, staged: StagedBlob): Promise<UploadedPart> {
    return this.exclusive(upload, async () => {
      const { parts } = this.entry(upload);
      const part: UploadedPart = {
        number,
        blob: randomUUID(),
        size: staged.size,
        etag: staged.md5,
        lastModified: new Date().toISOString(),
        checksum: staged.checksum,
      };
      await publishFile(staged.path, this.blobPath(upload, part));
      await writeJsonDurably(this.temporaryFolder, join(this.folder, upload.uploadId, `part-${number}.json`), part);
      const previous = parts.get(number);
      parts.set(number, part);
      if (previous) await rm(this.blobPath(upload, previous), { force: true });
      return part;
    });
  }

  /** The bytes of parts, one after the other. */
  async *read(upload: MultipartUpload, parts: readonly UploadedPart[]): AsyncGenerator<Buffer> {
    for (const part of parts) yield* createReadStream(this.blobPath(upload, part)) as AsyncIterable<Buffer>;
  }

  /** Forgets an upload and its parts. The upload's own file goes first: without it the rest is swept at start. */
  async remove(upload: MultipartUpload): Promise<void> {
    const folder = join(this.folder, upload.uploadId);
    this.uploads.delete(upload.uploadId);
    await removeDurably(join(folder, 'upload.json'));
    await rm(folder, { recursive: true, force: true });
  }

  /** Runs a task while no part of the upload changes. @throws S3Error `NoSuchUpload` when it has ended meanwhile */
  exclusive<T>(upload: MultipartUpload, task: () => Promise<T>): Promise<T> {
    return this.writes.run(upload.uploadId, () => {
      this.get(upload.uploadId, upload.bucket, upload.key);
      return task();
    });
  }

  private entry(upload: MultipartUpload): { parts: Map<number, UploadedPart> } {
    return this.uploads.get(upload.uploadId) ?? { parts: new Map() };
  }

  private async load(uploadId: string): Promise<void> {
    const folder = join(this.folder, uploadId);
    const files = await readdir(folder);
    if (!files.includes('upload.json')) return rm(folder, { recursive: true, force: true });
    const upload = await readJson(join(folder, 'upload.json'), uploadSchema);
    const partFiles = files.filter((file) => file.startsWith('part-'));
    const parts = await Promise.all(partFiles.map((file) => readJson(join(folder, file), partSchema)));
    const used = new Set(['upload.json', ...partFiles, ...parts.map((part) => part.blob)]);
    for (const file of files) if (!used.has(file)) await rm(join(folder, file), { force: true });
    this.uploads.set(uploadId, { upload, parts: new Map(parts.map((part) => [part.number, part])) });
  }

  private blobPath(upload: MultipartUpload, part: UploadedPart): string {
    return join(this.folder, upload.uploadId, part.blob);
  }
}

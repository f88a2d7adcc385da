import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { S3Error } from '../protocol/s3-error.js';
import { Bucket } from './bucket.js';

/** S3's rules for names, without the dots: such a name is also a safe folder name. */
const BUCKET_NAME = /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/;

/** All buckets of a data folder. */
export class ObjectStore {
  private readonly buckets = new Map<string, Bucket>();

  private constructor(private readonly bucketsFolder: string, readonly temporaryFolder: string) {}

  /** Opens a data folder, making it when missing, and sweeps what unfinished uploads left. */
  static async open(dataDir: string): Promise<ObjectStore> {
    const store = new ObjectStore(join(dataDir, 'buckets'), join(dataDir, 'tmp'));
    await rm(store.temporaryFolder, { recursive: true, force: true });
    await mkdir(store.temporaryFolder, { recursive: true });
    await mkdir(store.bucketsFolder, { recursive: true });
    for (const name of await readdir(store.bucketsFolder)) await store.ensureBucket(name);
    return store;
  }

  /** @throws S3Error `NoSuchBucket` */
  getBucket(name: string): Bucket {
    const bucket = this.buckets.get(name);
    if (!bucket) throw new S3Error('NoSuchBucket', 'The specified bucket does not exist', { BucketName: name });
    return bucket;
  }

  hasBucket(name: string): boolean {
    return this.buckets.has(name);
  }

  /** @throws S3Error `InvalidBucketName` */
  async ensureBucket(name: string): Promise<void> {
    if (!BUCKET_NAME.test(name)) throw new S3Error('InvalidBucketName', 'The specified bucket is not valid.', { BucketName: name });
    if (this.buckets.has(name)) return;
    this.buckets.set(name, await Bucket.open(name, join(this.bucketsFolder, name), this.temporaryFolder));
  }
}

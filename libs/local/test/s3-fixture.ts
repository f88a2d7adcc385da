import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startS3, type RunningS3, type S3Options } from '../src/s3/index.js';

export const credentials = { accessKeyId: 'AKIDLOCAL', secretAccessKey: 'local-secret-key' };
export const region = 'eu-central-1';
export const bucketName = 'quarantine';

export interface S3Fixture {
  readonly dataDir: string;
  readonly running: RunningS3;
  client(config?: Partial<S3ClientConfig>): S3Client;
  /** Stops the server and starts another on the same folder. */
  restart(options?: Partial<S3Options>): Promise<void>;
  dispose(): Promise<void>;
}

export async function startFixture(options: Partial<S3Options> = {}): Promise<S3Fixture> {
  const dataDir = await mkdtemp(join(tmpdir(), 'atrium-s3-'));
  const base: S3Options = { dataDir, port: 0, credentials, region, buckets: [{ name: bucketName }, { name: 'ready' }], ...options };
  let running = await startS3(base);
  return {
    dataDir,
    get running() {
      return running;
    },
    client: (config = {}) => newClient(running.endpoint, config),
    restart: async (changes = {}) => {
      await running.stop();
      running = await startS3({ ...base, ...changes });
    },
    dispose: async () => {
      await running.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

export function newClient(endpoint: string, config: Partial<S3ClientConfig> = {}): S3Client {
  return new S3Client({ endpoint, region, credentials, forcePathStyle: true, maxAttempts: 1, ...config });
}

import type { S3Client } from '@aws-sdk/client-s3';
import { createS3Client } from '@atrium/platform/aws';
import { HealthRegistry } from '@atrium/platform/http';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { GalleryWorkerConfig } from '../config.js';
import { AssetObjects, type AssetObjectsSettings } from './asset-objects.js';
import { StoredObjects } from './stored-objects.js';

const S3 = Symbol('S3Client');
const SETTINGS = Symbol('AssetObjectsSettings');

/** Closes what the process has open to S3. */
@Injectable()
export class S3Connections implements OnApplicationShutdown {
  constructor(@Inject(S3) private readonly client: S3Client) {}

  onApplicationShutdown(): void {
    this.client.destroy();
  }
}

/** Both buckets, as a worker reaches them. */
export const storageProviders = (config: GalleryWorkerConfig) => [
  { provide: S3, useFactory: () => createS3Client({ region: config.AWS_REGION, forcePathStyle: config.S3_FORCE_PATH_STYLE }) },
  { provide: SETTINGS, useValue: { quarantineBucket: config.QUARANTINE_BUCKET, readyBucket: config.READY_BUCKET } },
  {
    provide: AssetObjects,
    inject: [S3, SETTINGS, HealthRegistry],
    useFactory: (client: S3Client, settings: AssetObjectsSettings, health: HealthRegistry) => {
      const objects = new AssetObjects(client, settings);
      health.add('object-storage', () => objects.ping());
      return objects;
    },
  },
  { provide: StoredObjects, inject: [S3, SETTINGS], useFactory: (client: S3Client, settings: AssetObjectsSettings) => new StoredObjects(client, settings) },
  S3Connections,
];

import { join } from 'node:path';
import type { Listening } from '../loopback-only.js';
import { type RunningS3, startS3 } from '../s3/index.js';
import type { Credentials } from './credentials.js';
import { appOrigins, buckets, region } from './service-environment.js';
import type { LocalSettings } from './settings.js';
import type { NotifyUploads } from './upload-notifier.js';

/** S3 with the platform's buckets, which tells of uploads to the one. */
export const startLocalS3 = (settings: LocalSettings, credentials: Credentials, send: NotifyUploads, listening?: Listening): Promise<RunningS3> =>
  startS3({
    dataDir: join(settings.dataDir, 's3'),
    port: settings.ports.s3,
    credentials: credentials.aws,
    region,
    ...(listening ? { listening } : {}),
    buckets: [
      {
        name: buckets.quarantine,
        cors: { origins: appOrigins(settings) },
        notify: { events: ['s3:ObjectCreated:*'], prefix: 'quarantine/', send },
      },
      { name: buckets.ready, cors: { origins: appOrigins(settings) } },
    ],
  });

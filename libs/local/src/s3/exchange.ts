import type { Readable } from 'node:stream';
import type { CorsRule } from './cors.js';
import type { NotificationOutbox } from './notifications/notification-outbox.js';
import type { S3Request } from './protocol/s3-request.js';
import type { SigV4Settings } from './signing/sigv4-verifier.js';
import type { ObjectStore } from './storage/object-store.js';
import type { UploadStore } from './storage/upload-store.js';

export interface BucketNotification {
  /** `s3:ObjectCreated:*` or one event such as `s3:ObjectCreated:Put`. */
  readonly events: readonly string[];
  readonly prefix?: string;
}

export interface S3Services {
  readonly signing: SigV4Settings;
  readonly store: ObjectStore;
  readonly uploads: UploadStore;
  readonly outbox: NotificationOutbox;
  readonly cors: ReadonlyMap<string, CorsRule>;
  readonly notifications: ReadonlyMap<string, BucketNotification>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** One request being answered. */
export interface Exchange {
  readonly request: S3Request;
  readonly services: S3Services;
  readonly requestId: string;
  readonly hostId: string;
  readonly sourceIp: string;
  /** The request's body; asking for it tells a client that waits (`Expect: 100-continue`) to go on. */
  body(): Readable;
}

/** A request whose signature holds. */
export interface SignedExchange extends Exchange {
  /** The signed `x-amz-content-sha256`. */
  readonly payloadHash: string;
}

export interface S3Response {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Readable;
}

export type Operation = (exchange: SignedExchange) => Promise<S3Response>;

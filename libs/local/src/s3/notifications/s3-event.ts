import type { ObjectMetadata } from '../storage/object-metadata.js';
import { encodeUriComponent } from '../protocol/uri-encoding.js';

export type ObjectCreatedEvent =
  'ObjectCreated:Put' | 'ObjectCreated:Post' | 'ObjectCreated:Copy' | 'ObjectCreated:CompleteMultipartUpload';

/** What S3 writes to a queue (S3 user guide, "Event message structure", version 2.1). */
export interface S3EventNotification {
  readonly Records: readonly S3EventRecord[];
}

export interface S3EventRecord {
  readonly eventVersion: '2.1';
  readonly eventSource: 'aws:s3';
  readonly awsRegion: string;
  /** ISO 8601 */
  readonly eventTime: string;
  readonly eventName: string;
  readonly userIdentity: { readonly principalId: string };
  readonly requestParameters: { readonly sourceIPAddress: string };
  readonly responseElements: { readonly 'x-amz-request-id': string; readonly 'x-amz-id-2': string };
  readonly s3: {
    readonly s3SchemaVersion: '1.0';
    readonly configurationId: string;
    readonly bucket: { readonly name: string; readonly ownerIdentity: { readonly principalId: string }; readonly arn: string };
    readonly object: {
      /** URL-encoded, with a plus sign for a space and slashes as they are. */
      readonly key: string;
      readonly size: number;
      readonly eTag: string;
      /** Hex, of one length: of two events on a key, the greater is the later. */
      readonly sequencer: string;
    };
  };
}

export interface EventOrigin {
  readonly eventName: ObjectCreatedEvent;
  readonly region: string;
  readonly bucket: string;
  readonly principalId: string;
  readonly sourceIp: string;
  readonly requestId: string;
  readonly hostId: string;
}

export function objectCreatedNotification(origin: EventOrigin, object: ObjectMetadata, sequencer: string): S3EventNotification {
  const record: S3EventRecord = {
    eventVersion: '2.1',
    eventSource: 'aws:s3',
    awsRegion: origin.region,
    eventTime: object.lastModified,
    eventName: origin.eventName,
    userIdentity: { principalId: origin.principalId },
    requestParameters: { sourceIPAddress: origin.sourceIp },
    responseElements: { 'x-amz-request-id': origin.requestId, 'x-amz-id-2': origin.hostId },
    s3: {
      s3SchemaVersion: '1.0',
      configurationId: 'local',
      bucket: { name: origin.bucket, ownerIdentity: { principalId: origin.principalId }, arn: `arn:aws:s3:::${origin.bucket}` },
      object: { key: encodeEventKey(object.key), size: object.size, eTag: object.etag, sequencer },
    },
  };
  return { Records: [record] };
}

export function encodeEventKey(key: string): string {
  return key
    .split('/')
    .map((segment) => encodeUriComponent(segment).replaceAll('%20', '+').replaceAll('%2A', '*').replaceAll('~', '%7E'))
    .join('/');
}

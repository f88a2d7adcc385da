import type { S3Client } from '@aws-sdk/client-s3';

export interface S3ClientOptions {
  readonly region: string;
  /** Bucket in the path instead of the host name: for endpoints without wildcard DNS. */
  readonly forcePathStyle?: boolean;
  /** `WHEN_REQUIRED` keeps the checksum of an empty body out of presigned requests. */
  readonly requestChecksumCalculation?: 'WHEN_REQUIRED' | 'WHEN_SUPPORTED';
  /** Parallel requests to S3; 50 where unset. */
  readonly maxSockets?: number;
}

/** An S3 client; the endpoint is the SDK's own `AWS_ENDPOINT_URL_S3` where set. The SDK is loaded by the first call. */
export async function createS3Client(options: S3ClientOptions): Promise<S3Client> {
  const { S3Client } = await import('@aws-sdk/client-s3');
  const agent = { keepAlive: true, maxSockets: options.maxSockets ?? 50 };
  return new S3Client({
    region: options.region,
    forcePathStyle: options.forcePathStyle ?? false,
    requestChecksumCalculation: options.requestChecksumCalculation ?? 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: 3,
    requestHandler: {
      connectionTimeout: 1_000,
      // Idle time of the socket, not of the transfer: a large object may take longer in all.
      socketTimeout: 30_000,
      throwOnRequestTimeout: true,
      httpAgent: agent,
      httpsAgent: agent,
    },
  });
}

import type { SQSClient } from '@aws-sdk/client-sqs';

export interface SqsClientOptions {
  readonly region: string;
  /** Parallel requests to SQS; 100 where unset. */
  readonly maxSockets?: number;
}

/**
 * An SQS client; the endpoint is the SDK's own `AWS_ENDPOINT_URL_SQS` where set. The request timeout stays above the
 * longest long poll (20 s). The SDK is loaded by the first call, so that a service pays only for the clients it uses.
 */
export async function createSqsClient({ region, maxSockets = 100 }: SqsClientOptions): Promise<SQSClient> {
  const { SQSClient } = await import('@aws-sdk/client-sqs');
  const agent = { keepAlive: true, maxSockets };
  return new SQSClient({
    region,
    maxAttempts: 3,
    requestHandler: {
      connectionTimeout: 1_000,
      requestTimeout: 25_000,
      throwOnRequestTimeout: true,
      httpAgent: agent,
      httpsAgent: agent,
    },
  });
}

import { Aws } from 'aws-cdk-lib';
import type { StageConfig } from './config/index.js';

/** Names that two stacks must agree on without one waiting for the other. */
export const names = {
  /** Queues are called this plus their name in the contracts. */
  queuePrefix: ({ name }: StageConfig) => `atrium-${name}-`,
  /** Bucket names are the world's: the account's number keeps them apart. */
  quarantineBucket: ({ name }: StageConfig) => `atrium-${name}-quarantine-${Aws.ACCOUNT_ID}`,
  readyBucket: ({ name }: StageConfig) => `atrium-${name}-ready-${Aws.ACCOUNT_ID}`,
  /** Namespace of the metrics that the platform makes itself. */
  metrics: ({ name }: StageConfig) => `Atrium/${name}`,
  secret: ({ name }: Pick<StageConfig, 'name'>, rest: string) => `atrium/${name}/${rest}`,
} as const;

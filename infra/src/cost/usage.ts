import type { StageConfig } from '../config/index.js';

/** What templates don't say: how much a stage is used in a month. Assumptions, never measured in AWS. */
export interface Usage {
  /** Requests that reach the load balancer, millions. */
  readonly requestMillions: number;
  /** LCUs that the load balancer uses on average; one is 25 new connections a second or a GB an hour. */
  readonly balancerUnits: number;
  /** GB that leave to the internet, downloads of files excluded that go by CloudFront. */
  readonly trafficOutGb: number;
  readonly betweenZonesGb: number;
  /** GB through all NAT gateways: issuers, mail, images of containers, and AWS services without an endpoint. */
  readonly natGb: number;
  /** GB through all interface endpoints. */
  readonly endpointGb: number;
  /** GB that the shared state holds; Valkey is billed for 0.1 at least. */
  readonly stateGb: number;
  /** Processing units of the shared state, millions; a simple command is one. */
  readonly stateUnitMillions: number;
  /** Backups of PostgreSQL beyond its size, and what vaults of AWS Backup hold, GB. */
  readonly databaseBackupGb: number;
  readonly vaultGb: number;
  /** By the logical id that a bucket's begins with; others are `other`. */
  readonly buckets: Readonly<Record<string, BucketUsage>> & { readonly other: BucketUsage };
  /** Requests to all queues, millions: messages by packs and batches, and polls of those that wait. */
  readonly queueRequestMillions: number;
  /** GB that all log groups take in, and what compression leaves of them. */
  readonly logGb: number;
  readonly logCompression: number;
  /** Share of the requests whose trace is sent; services trace every one. */
  readonly tracedShare: number;
  /** Reads of secrets, millions. */
  readonly secretReadMillions: number;
  /** Metrics that Container Insights keeps for each service. */
  readonly insightMetricsPerService: number;
  /** Versions of each key of KMS that are billed: it rotates every year, and two rotations are charged at most. */
  readonly keyVersions: number;
  /** GB and requests, millions, of each CloudFront distribution. */
  readonly distribution: { readonly gb: number; readonly requestMillions: number };
  /** GB seconds of each function: releases, rotations, and one try a minute at most. */
  readonly functionGbSeconds: number;
}

export interface BucketUsage {
  readonly gb: number;
  readonly writeMillions: number;
  readonly readMillions: number;
}

const bucket = (gb: number, writeMillions: number, readMillions: number): BucketUsage => ({ gb, writeMillions, readMillions });

const constant = { tracedShare: 1, logCompression: 0.15, insightMetricsPerService: 20, keyVersions: 2, functionGbSeconds: 3_000 };

const dev: Usage = {
  ...constant,
  requestMillions: 1,
  balancerUnits: 0.1,
  trafficOutGb: 5,
  betweenZonesGb: 10,
  natGb: 50,
  endpointGb: 0,
  stateGb: 0.1,
  stateUnitMillions: 50,
  databaseBackupGb: 0,
  vaultGb: 5,
  buckets: { Logs: bucket(1, 0.05, 0), ClickHouseBackups: bucket(10, 0.01, 0), other: bucket(5, 0.1, 0.1) },
  queueRequestMillions: 5,
  logGb: 5,
  secretReadMillions: 0.2,
  distribution: { gb: 1, requestMillions: 0.1 },
};

export const usages: Readonly<Record<StageConfig['name'], Usage>> = {
  dev,
  stage: {
    ...dev,
    requestMillions: 5,
    balancerUnits: 0.3,
    trafficOutGb: 30,
    betweenZonesGb: 50,
    natGb: 150,
    stateUnitMillions: 250,
    databaseBackupGb: 50,
    vaultGb: 50,
    buckets: { Logs: bucket(10, 0.2, 0), ClickHouseBackups: bucket(100, 0.05, 0), other: bucket(50, 0.5, 1) },
    queueRequestMillions: 10,
    logGb: 30,
      secretReadMillions: 0.5,
    distribution: { gb: 10, requestMillions: 1 },
  },
  // 100 million requests are 38 a second on average: the least number of tasks carries it. Among them are 20 million
  // batches of 50 events, a billion events, which come to SQS in packs.
  prod: {
    ...constant,
    requestMillions: 100,
    balancerUnits: 4,
    trafficOutGb: 500,
    betweenZonesGb: 1_500,
    natGb: 300,
    endpointGb: 800,
    stateGb: 1,
    stateUnitMillions: 3_000,
    databaseBackupGb: 400,
    vaultGb: 400,
    buckets: {
      Logs: bucket(300, 1, 0),
      // Thirty daily ones, each a full one of 100 GB.
      ClickHouseBackups: bucket(3_000, 0.5, 0.1),
      other: bucket(1_000, 3, 20),
    },
    queueRequestMillions: 60,
    logGb: 250,
      secretReadMillions: 2,
    distribution: { gb: 200, requestMillions: 20 },
  },
};

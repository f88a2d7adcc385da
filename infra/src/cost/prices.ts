/**
 * What AWS asks in Frankfurt, before tax, without free tiers, discounts or commitments.
 *
 * **Written down from memory, never fetched**: whoever plans with these figures compares them with each `source` first,
 * mends what changed, and moves `writtenDown`.
 */
export const priceTable = { region: 'eu-central-1', currency: 'USD', writtenDown: '2026-11-21' } as const;

export interface Price {
  /** US dollars for one `unit`. */
  readonly usd: number;
  readonly unit: string;
  /** Page of AWS that says it today. */
  readonly source: string;
}

const page = (path: string) => `https://aws.amazon.com/${path}/pricing/`;
const price = (usd: number, unit: string, source: string): Price => ({ usd, unit, source: page(source) });

export const prices = {
  fargateArmVcpu: price(0.03725, 'vCPU hour', 'fargate'),
  fargateArmGb: price(0.00409, 'GB hour', 'fargate'),
  postgresStorage: price(0.137, 'GB of gp3 a month, one zone', 'rds/postgresql'),
  postgresBackup: price(0.103, 'GB a month beyond the size of the database', 'rds/postgresql'),
  valkeyStorage: price(0.101, 'GB hour', 'elasticache'),
  valkeyUnits: price(0.0027, 'million processing units', 'elasticache'),
  natGateway: price(0.052, 'hour', 'vpc'),
  natTraffic: price(0.052, 'GB through NAT', 'vpc'),
  publicAddress: price(0.005, 'hour of a public IPv4 address', 'vpc'),
  interfaceEndpoint: price(0.012, 'hour in a zone', 'privatelink'),
  interfaceEndpointTraffic: price(0.01, 'GB through endpoints', 'privatelink'),
  trafficOut: price(0.09, 'GB to the internet', 'ec2/on-demand'),
  trafficBetweenZones: price(0.02, 'GB between zones, both directions', 'ec2/on-demand'),
  applicationLoadBalancer: price(0.027, 'hour', 'elasticloadbalancing'),
  applicationLoadBalancerUnit: price(0.008, 'LCU hour', 'elasticloadbalancing'),
  networkLoadBalancer: price(0.027, 'hour', 'elasticloadbalancing'),
  networkLoadBalancerUnit: price(0.006, 'NLCU hour', 'elasticloadbalancing'),
  firewall: price(5, 'web ACL a month', 'waf'),
  firewallRule: price(1, 'rule or group of rules a month', 'waf'),
  firewallRequests: price(0.6, 'million requests', 'waf'),
  distributionTraffic: price(0.085, 'GB to the internet by CloudFront', 'cloudfront'),
  distributionRequests: price(1.2, 'million HTTPS requests', 'cloudfront'),
  distributionFunction: price(0.1, 'million invocations', 'cloudfront'),
  hostedZone: price(0.5, 'hosted zone a month', 'route53'),
  key: price(1, 'version of a key a month', 'kms'),
  secret: price(0.4, 'secret a month', 'secrets-manager'),
  secretReads: price(5, 'million reads', 'secrets-manager'),
  volume: price(0.0952, 'GB of gp3 a month', 'ebs'),
  volumeIops: price(0.006, 'IOPS beyond 3,000 a month', 'ebs'),
  volumeThroughput: price(0.048, 'MiB/s beyond 125 a month', 'ebs'),
  bucketStorage: price(0.0245, 'GB a month', 's3'),
  bucketWrites: price(5.4, 'million writes and lists', 's3'),
  bucketReads: price(0.43, 'million reads', 's3'),
  queueRequests: price(0.4, 'million requests of up to 64 KB', 'sqs'),
  functionTime: price(0.0000133334, 'GB second on ARM64', 'lambda'),
  alarmMetric: price(0.1, 'metric of an alarm a month', 'cloudwatch'),
  compositeAlarm: price(0.5, 'composite alarm a month', 'cloudwatch'),
  customMetric: price(0.3, 'metric a month', 'cloudwatch'),
  dashboard: price(3, 'dashboard a month', 'cloudwatch'),
  logIngestion: price(0.63, 'GB written to logs', 'cloudwatch'),
  logStorage: price(0.0324, 'GB of logs a month, compressed', 'cloudwatch'),
  traces: price(5, 'million traces', 'xray'),
  backupStorage: price(0.103, 'GB a month in a vault', 'backup'),
} as const satisfies Readonly<Record<string, Price>>;

/** On demand, Linux, an hour. */
export const machines: Readonly<Record<string, Price>> = {
  't4g.medium': price(0.0384, 'hour', 'ec2/on-demand'),
  'm7g.large': price(0.0978, 'hour', 'ec2/on-demand'),
  'r7g.large': price(0.1294, 'hour', 'ec2/on-demand'),
  'r7g.xlarge': price(0.2588, 'hour', 'ec2/on-demand'),
  'r7g.2xlarge': price(0.5176, 'hour', 'ec2/on-demand'),
  'r7g.4xlarge': price(1.0352, 'hour', 'ec2/on-demand'),
};

/** RDS for PostgreSQL on demand, one zone, an hour; Multi-AZ is twice as much. */
export const databaseMachines: Readonly<Record<string, Price>> = {
  'db.t4g.micro': price(0.018, 'hour in a zone', 'rds/postgresql'),
  'db.t4g.medium': price(0.073, 'hour in a zone', 'rds/postgresql'),
  'db.r7g.large': price(0.287, 'hour in a zone', 'rds/postgresql'),
  'db.r7g.xlarge': price(0.574, 'hour in a zone', 'rds/postgresql'),
  'db.r7g.2xlarge': price(1.148, 'hour in a zone', 'rds/postgresql'),
  'db.r7g.4xlarge': price(2.296, 'hour in a zone', 'rds/postgresql'),
  'db.r7g.8xlarge': price(4.592, 'hour in a zone', 'rds/postgresql'),
};

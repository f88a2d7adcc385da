import { Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { StageConfig } from '../config/index.js';
import { AssetBuckets } from './asset-buckets.js';
import { clickHouseServerName } from './clickhouse-endpoint.js';
import { ClickHouseServer } from './clickhouse-server.js';
import { Postgres } from './postgres.js';
import { privateBucket } from './private-bucket.js';
import { ServiceSecrets } from './service-secrets.js';
import { SharedState } from './shared-state.js';

export interface DataStackProps extends StackProps {
  readonly config: StageConfig;
  readonly vpc: ec2.IVpc;
  /** Who may reach the stores. */
  readonly tasks: ec2.ISecurityGroup;
  readonly rotation: ec2.ISecurityGroup;
}

/** Services that have a schema of their own in PostgreSQL. */
export const databaseServices = ['auth', 'users', 'gallery', 'events', 'mailer'] as const;

/** Everything that remembers: PostgreSQL, shared state, ClickHouse, buckets, secrets, and the key that encrypts them. */
export class DataStack extends Stack {
  readonly key: kms.Key;
  readonly logs: s3.Bucket;
  readonly postgres: Postgres;
  readonly state: SharedState;
  readonly assets: AssetBuckets;
  readonly secrets: ServiceSecrets;
  /** Where the stage runs ClickHouse itself. */
  readonly clickHouse: ClickHouseServer | undefined;

  constructor(scope: Construct, id: string, { config, vpc, tasks, rotation, ...props }: DataStackProps) {
    super(scope, id, props);
    this.key = new kms.Key(this, 'Key', {
      description: `Data of Atrium ${config.name}`,
      enableKeyRotation: true,
      // Whoever deletes it deletes every backup too.
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.logs = privateBucket(this, 'Logs', { expiration: Duration.days(config.edge.accessLogDays) });
    this.postgres = new Postgres(this, 'Postgres', {
      config,
      vpc,
      key: this.key,
      tasks,
      rotation,
      services: databaseServices,
      backup: Duration.days(config.postgres.backupDays),
    });
    this.assets = new AssetBuckets(this, 'Assets', { config, key: this.key, logs: this.logs });
    const { clickHouse } = config;
    this.secrets = new ServiceSecrets(this, 'Secrets', {
      config,
      clickHouseUrl: clickHouse.mode === 'ec2' ? `https://${clickHouseServerName(config)}` : clickHouse.url,
    });
    this.state = new SharedState(this, 'State', { config, vpc, key: this.key, tasks, secrets: this.secrets });
    this.clickHouse =
      clickHouse.mode === 'ec2'
        ? new ClickHouseServer(this, 'ClickHouse', {
            config,
            vpc,
            key: this.key,
            logs: this.logs,
            tasks,
            administrator: this.secrets.clickHouseAdministrator,
          })
        : undefined;
  }
}

import { type Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as rds from 'aws-cdk-lib/aws-rds';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.js';
import type { StageConfig } from '../config/index.js';
import { names } from '../names.js';
import { PasswordRotation } from './password-rotation.js';

export interface PostgresProps {
  readonly config: StageConfig;
  readonly vpc: ec2.IVpc;
  readonly key: kms.IKey;
  /** Who may connect. */
  readonly tasks: ec2.ISecurityGroup;
  readonly rotation: ec2.ISecurityGroup;
  /** Services that have a schema. */
  readonly services: readonly string[];
  readonly backup: Duration;
}

/** The secrets of a service's two roles, `{host, port, dbname, username, password}` as RDS writes them. */
export interface RoleSecrets {
  readonly app: rds.DatabaseSecret;
  readonly owner: rds.DatabaseSecret;
}

/** PostgreSQL: encrypted, TLS alone, private, restorable to the second, and a secret that rotates for every role. */
export class Postgres extends Construct {
  readonly instance: rds.DatabaseInstance;
  /** Of the administrator, who makes the services' roles. */
  readonly administrator: rds.DatabaseSecret;
  /** By service. */
  readonly roles: ReadonlyMap<string, RoleSecrets>;

  constructor(scope: Construct, id: string, props: PostgresProps) {
    super(scope, id);
    const { config } = props;
    const { postgres } = config;
    const secret = (id: string, username: string, name: string) =>
      new rds.DatabaseSecret(this, id, { username, secretName: names.secret(config, name), dbname: databaseName });

    this.administrator = secret('Administrator', 'atrium_admin', 'database-admin');
    const engine = rds.DatabaseInstanceEngine.postgres({ version: rds.PostgresEngineVersion.VER_18 });
    this.instance = new rds.DatabaseInstance(this, 'Instance', {
      engine,
      databaseName,
      credentials: rds.Credentials.fromSecret(this.administrator),
      instanceType: new ec2.InstanceType(postgres.instanceType),
      vpc: props.vpc,
      vpcSubnets: { subnetGroupName: 'data' },
      publiclyAccessible: false,
      // Not the one that every scanner tries.
      port,
      multiAz: postgres.multiAz,
      storageType: rds.StorageType.GP3,
      allocatedStorage: postgres.storageGib,
      maxAllocatedStorage: postgres.maxStorageGib,
      storageEncrypted: true,
      storageEncryptionKey: props.key,
      caCertificate: rds.CaCertificate.RDS_CA_RSA2048_G1,
      iamAuthentication: false,
      parameterGroup: new rds.ParameterGroup(this, 'Parameters', {
        engine,
        parameters: {
          'rds.force_ssl': '1',
          // Statements slower than a second, without their values, which are personal data.
          log_min_duration_statement: '1000',
          log_parameter_max_length: '0',
          log_parameter_max_length_on_error: '0',
        },
      }),
      backupRetention: props.backup,
      copyTagsToSnapshot: true,
      deleteAutomatedBackups: config.dataMayBeDeleted,
      deletionProtection: !config.dataMayBeDeleted,
      removalPolicy: config.dataMayBeDeleted ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
      autoMinorVersionUpgrade: true,
      enablePerformanceInsights: true,
      performanceInsightEncryptionKey: props.key,
      cloudwatchLogsExports: ['postgresql'],
    });
    if (config.dataMayBeDeleted) {
      acknowledge(
        this.instance,
        'A stage whose data may go with its stack: one zone is half the price, and deleting it is what it is for.',
        'AwsSolutions-RDS3',
        'AwsSolutions-RDS10',
      );
    }
    // RDS would make it, and keep it for ever.
    const log = new logs.LogGroup(this, 'Log', {
      logGroupName: `/aws/rds/instance/atrium-${config.name}/postgresql`,
      retention: config.observability.logDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const instance = this.instance.node.defaultChild as rds.CfnDBInstance;
    instance.dbInstanceIdentifier = `atrium-${config.name}`;
    instance.node.addDependency(log);
    this.instance.connections.allowDefaultPortFrom(props.tasks, 'tasks');
    this.instance.connections.allowDefaultPortFrom(props.rotation, 'rotation of passwords');

    this.roles = new Map(
      props.services.map((service) => [
        service,
        {
          app: secret(`${service}-app`, `${service}_app`, `${service}/database`),
          owner: secret(`${service}-owner`, `${service}_owner`, `${service}/database-owner`),
        },
      ]),
    );
    const rotation = new PasswordRotation(this, 'Rotation', {
      config,
      vpc: props.vpc,
      securityGroup: props.rotation,
      administrator: this.instance.secret ?? this.administrator,
    });
    for (const [service, { app, owner }] of this.roles) {
      // The attachment writes host and port into the secret.
      rotation.rotate(`${service}-app`, app.attach(this.instance));
      rotation.rotate(`${service}-owner`, owner.attach(this.instance));
    }
  }
}

const databaseName = 'atrium';
const port = 5_433;

import { readFileSync } from 'node:fs';
import { CfnDeletionPolicy, Duration, RemovalPolicy, Size, Stack } from 'aws-cdk-lib';
import * as autoscaling from 'aws-cdk-lib/aws-autoscaling';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as subscriptions from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.js';
import type { StageConfig } from '../config/index.js';
import { names } from '../names.js';
import { ClickHouseEndpoint } from './clickhouse-endpoint.js';
import { privateBucket } from './private-bucket.js';

export interface ClickHouseServerProps {
  readonly config: StageConfig;
  readonly vpc: ec2.IVpc;
  readonly key: kms.IKey;
  readonly logs: s3.IBucket;
  readonly tasks: ec2.ISecurityGroup;
  /** Of the server's administrator. */
  readonly administrator: secretsmanager.ISecret;
}

const asset = (name: string) => readFileSync(new URL(`../../assets/clickhouse/${name}`, import.meta.url), 'utf8');

/** A file that cloud-init writes as it is. */
const write = (path: string, mode: string, text: string) => `install -m ${mode} /dev/stdin ${path} <<'ATRIUM-END'\n${text.trimEnd()}\nATRIUM-END`;

/**
 * ClickHouse on one Graviton machine. A group of one replaces a lost machine in the same zone; the tables are on a
 * volume of their own, which the next machine takes over, and every night in S3.
 */
export class ClickHouseServer extends Construct {
  readonly group: autoscaling.AutoScalingGroup;
  readonly backups: s3.Bucket;
  readonly endpoint: ClickHouseEndpoint;
  /** Of the machine. */
  readonly securityGroup: ec2.SecurityGroup;

  constructor(scope: Construct, id: string, props: ClickHouseServerProps) {
    super(scope, id);
    const { config, vpc, key, administrator } = props;
    if (config.clickHouse.mode !== 'ec2') throw new Error('The stage has ClickHouse elsewhere.');
    const settings = config.clickHouse;
    const subnet = vpc.selectSubnets({ subnetGroupName: 'app' }).subnets[0];
    if (!subnet) throw new Error('The network has no subnet for ClickHouse.');

    const volume = new ec2.Volume(this, 'Volume', {
      availabilityZone: subnet.availabilityZone,
      size: Size.gibibytes(settings.volumeGib),
      volumeType: ec2.EbsDeviceVolumeType.GP3,
      iops: settings.volumeIops,
      throughput: settings.volumeMibPerSecond,
      encrypted: true,
      encryptionKey: key,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    acknowledge(volume, 'Zones are named in the configuration: a list that AWS extends would move subnets and volumes.', 'CloudFormation-Validate::W3010');
    if (config.dataMayBeDeleted) (volume.node.defaultChild as ec2.CfnVolume).cfnOptions.deletionPolicy = CfnDeletionPolicy.DELETE;
    this.backups = privateBucket(this, 'Backups', {
      key,
      logs: props.logs,
      // A week longer than asked for: a day's backup needs its week's first one.
      expiration: Duration.days(settings.backupDays + 7),
      // After that a day's will do.
      shortLived: { 'hourly/': Duration.days(3), 'done/hourly/': Duration.days(3) },
      // Whoever has the machine may write, and must not be able to destroy.
      versioned: true,
    });

    const role = new iam.Role(this, 'Role', { assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com') });
    const variables = {
      AWS_DEFAULT_REGION: config.region,
      STAGE: config.name,
      VOLUME_ID: volume.volumeId,
      ADMIN_SECRET_ID: administrator.secretArn,
      BACKUP_BUCKET: this.backups.bucketName,
      BACKUP_URL: `https://${this.backups.bucketRegionalDomainName}`,
      VERSION: settings.version,
    };
    const userData = ec2.UserData.forLinux();
    userData.addCommands(
      write('/etc/atrium-clickhouse', '0600', Object.entries(variables).map(([name, value]) => `${name}='${value}'`).join('\n')),
      write('/usr/local/bin/atrium-clickhouse-backup', '0755', asset('backup.sh')),
      write('/usr/local/bin/atrium-clickhouse-watch', '0755', asset('watch.sh')),
      asset('setup.sh'),
    );
    const securityGroup = (this.securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', { vpc, description: 'ClickHouse: from its load balancer alone' }));
    const notices = new sns.Topic(this, 'Notices', { enforceSSL: true, displayName: 'ClickHouse machine replaced' });
    notices.addSubscription(new subscriptions.EmailSubscription(config.observability.alarmEmail));
    this.group = new autoscaling.AutoScalingGroup(this, 'Group', {
      vpc,
      vpcSubnets: { subnets: [subnet] },
      minCapacity: 1,
      maxCapacity: 1,
      launchTemplate: new ec2.LaunchTemplate(this, 'Template', {
        instanceType: new ec2.InstanceType(settings.instanceType),
        // Taken anew by a machine that starts: a deployment alone never replaces the one that runs.
        machineImage: ec2.MachineImage.latestAmazonLinux2023({ cpuType: ec2.AmazonLinuxCpuType.ARM_64 }),
        requireImdsv2: true,
        httpPutResponseHopLimit: 1,
        detailedMonitoring: true,
        securityGroup,
        role,
        userData,
        blockDevices: [
          {
            deviceName: '/dev/xvda',
            volume: ec2.BlockDeviceVolume.ebs(20, { encrypted: true, volumeType: ec2.EbsDeviceVolumeType.GP3 }),
          },
        ],
      }),
      notifications: [{ topic: notices, scalingEvents: autoscaling.ScalingEvents.ALL }],
    });
    this.endpoint = new ClickHouseEndpoint(this, 'Endpoint', { ...props, subnet, server: this.group, serverGroup: securityGroup });
    this.allow(role, { volume, administrator, key, stage: config });
    // Its rights stand before the machine starts, which uses them at once.
    this.group.node.addDependency(role);
  }

  private allow(role: iam.Role, has: { volume: ec2.Volume; administrator: secretsmanager.ISecret; key: kms.IKey; stage: StageConfig }): void {
    const { region, account, partition } = Stack.of(this);
    const allow = (actions: string[], ...resources: string[]) =>
      role.addToPolicy(new iam.PolicyStatement({ actions, resources }));
    allow(['secretsmanager:GetSecretValue'], has.administrator.secretArn);
    allow(['s3:ListBucket'], this.backups.bucketArn);
    allow(['s3:PutObject', 's3:GetObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'], this.backups.arnForObjects('*'));
    // ClickHouse takes away the lock of a backup that has ended, and nothing else.
    allow(['s3:DeleteObject'], this.backups.arnForObjects('*/.lock'));
    allow(['kms:Decrypt', 'kms:GenerateDataKey', 'kms:DescribeKey'], has.key.keyArn);
    // Whoever attaches an encrypted volume lends EC2 its key, and nobody else.
    role.addToPolicy(
      new iam.PolicyStatement({
        actions: ['kms:CreateGrant'],
        resources: [has.key.keyArn],
        conditions: { Bool: { 'kms:GrantIsForAWSResource': 'true' } },
      }),
    );
    allow(
      ['ec2:AttachVolume'],
      `arn:${partition}:ec2:${region}:${account}:volume/${has.volume.volumeId}`,
      `arn:${partition}:ec2:${region}:${account}:instance/*`,
    );
    role.addToPolicy(
      new iam.PolicyStatement({
        actions: ['cloudwatch:PutMetricData'],
        resources: ['*'],
        conditions: { StringEquals: { 'cloudwatch:namespace': names.metrics(has.stage) } },
      }),
    );
    // A shell and forwarded ports by Session Manager: no SSH, no open port, and every session in CloudTrail.
    allow(
      ['ssm:UpdateInstanceInformation', ...['CreateControlChannel', 'CreateDataChannel', 'OpenControlChannel', 'OpenDataChannel'].map((action) => `ssmmessages:${action}`)],
      '*',
    );
    const logicalId = Stack.of(this).getLogicalId(this.backups.node.defaultChild as s3.CfnBucket);
    acknowledge(
      role,
      'The volume is named exactly, and no other can be attached; which instance of the group asks is not known before it runs. Objects of the backup bucket, its own, are named by the time. Metrics, bound to the stage’s namespace, and Session Manager know no resources.',
      'AwsSolutions-IAM5[Resource::*]',
      `AwsSolutions-IAM5[Resource::<${logicalId}.Arn>/*]`,
      `AwsSolutions-IAM5[Resource::<${logicalId}.Arn>/*/.lock]`,
      `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ec2:${region}:<AWS::AccountId>:instance/*]`,
    );
  }
}

import { RemovalPolicy } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as elasticache from 'aws-cdk-lib/aws-elasticache';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { StageConfig } from '../config/index.js';
import type { ServiceSecrets } from './service-secrets.js';
import { StateRotation } from './state-rotation.js';

export interface SharedStateProps {
  readonly config: StageConfig;
  readonly vpc: ec2.IVpc;
  readonly key: kms.IKey;
  readonly tasks: ec2.ISecurityGroup;
  /** Hold its user's password, and what services read. */
  readonly secrets: ServiceSecrets;
}

/** ElastiCache Serverless for Valkey: limits, attempts, revocations, cache. TLS always, and a user with a password. */
export class SharedState extends Construct {
  /** `{url}`, with user and password in it. */
  readonly secret: secretsmanager.Secret;
  readonly cacheName: string;

  constructor(scope: Construct, id: string, { config, vpc, key, tasks, secrets }: SharedStateProps) {
    super(scope, id);
    this.cacheName = `atrium-${config.name}`;
    const { reference: password, secret: passwordSecret } = secrets.statePassword;
    const user = new elasticache.CfnUser(this, 'User', {
      engine: 'valkey',
      userId: this.cacheName,
      userName,
      authenticationMode: { Type: 'password', Passwords: [password] },
      // Everything on data; nothing that administers, empties or lists the whole store.
      accessString: 'on ~* &* +@all -@admin -flushall -flushdb -keys -swapdb',
    });
    const users = new elasticache.CfnUserGroup(this, 'Users', {
      engine: 'valkey',
      userGroupId: this.cacheName,
      userIds: [user.ref],
    });
    const securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', {
      vpc,
      description: 'Shared state: from tasks alone',
      allowAllOutbound: false,
    });
    securityGroup.connections.allowFrom(tasks, ec2.Port.tcpRange(6_379, 6_380), 'tasks');
    const cache = new elasticache.CfnServerlessCache(this, 'Cache', {
      engine: 'valkey',
      majorEngineVersion: '8',
      serverlessCacheName: this.cacheName,
      description: 'Shared state of the services',
      kmsKeyId: key.keyArn,
      userGroupId: users.ref,
      securityGroupIds: [securityGroup.securityGroupId],
      subnetIds: vpc.selectSubnets({ subnetGroupName: 'data' }).subnetIds,
      cacheUsageLimits: {
        dataStorage: { unit: 'GB', maximum: config.state.maxGb },
        ecpuPerSecond: { maximum: config.state.maxUnitsPerSecond },
      },
      // Revocations matter for 15 minutes, everything else for less: yesterday's are of no use.
      snapshotRetentionLimit: 0,
    });
    cache.applyRemovalPolicy(RemovalPolicy.DESTROY);
    const url = `rediss://${userName}:${password}@${cache.attrEndpointAddress}:${cache.attrEndpointPort}`;
    this.secret = secrets.compose('State', 'state', { url });
    new StateRotation(this, 'Rotation', { config, userId: this.cacheName, secret: this.secret, password: passwordSecret });
  }
}

const userName = 'atrium';

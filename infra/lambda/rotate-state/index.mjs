// Rotation function of Secrets Manager, on Lambda's Node with the SDK that comes with it. What it does is in rotation.mjs.
import { DescribeUsersCommand, ElastiCacheClient, ModifyUserCommand } from '@aws-sdk/client-elasticache';
import { DescribeSecretCommand, GetSecretValueCommand, PutSecretValueCommand, SecretsManagerClient, UpdateSecretVersionStageCommand } from '@aws-sdk/client-secrets-manager';
import { rotate } from './rotation.mjs';

const cache = new ElastiCacheClient({});
const secrets = new SecretsManagerClient({});

const aws = {
  describeSecret: (input) => secrets.send(new DescribeSecretCommand(input)),
  getSecretValue: (input) => secrets.send(new GetSecretValueCommand(input)),
  putSecretValue: (input) => secrets.send(new PutSecretValueCommand(input)),
  updateSecretVersionStage: (input) => secrets.send(new UpdateSecretVersionStageCommand(input)),
  modifyUser: (input) => cache.send(new ModifyUserCommand(input)),
  describeUsers: (input) => cache.send(new DescribeUsersCommand(input)),
  wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};

export const handler = (event) => rotate(event, { userId: process.env.USER_ID, passwordSecretId: process.env.PASSWORD_SECRET_ID }, aws);

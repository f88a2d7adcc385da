import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { StageConfig } from '../config/index.js';
import type { DataStack } from '../data/data-stack.js';
import type { MessagingStack } from '../messaging/messaging-stack.js';
import { names } from '../names.js';
import { analystsPort, servicePort } from '../network/network-stack.js';
import type { ProcessDefinition } from './process-definitions.js';

export interface EnvironmentSources {
  readonly config: StageConfig;
  readonly data: DataStack;
  readonly messaging: MessagingStack;
  /** CIDR blocks of the load balancer, and of tasks. */
  readonly loadBalancerRanges: readonly string[];
  readonly taskRanges: readonly string[];
}

export interface ProcessEnvironment {
  readonly variables: Readonly<Record<string, string>>;
  /** Variables whose value is the ARN of a secret, which the process reads itself: all that its role may read. */
  readonly secrets: Readonly<Record<string, ISecret>>;
}

/** Milliseconds for which a process that stops goes on listening, until load balancer and peers have noticed. */
export const drainDelayMs = 5_000;
/** The one folder that a process with images at hand may write to; the image makes it for its user. */
export const scratchFolder = '/scratch';
const at = (service: string) => `http://${service}:${servicePort}`;

function common({ config, ...sources }: EnvironmentSources, isGateway: boolean): Record<string, string> {
  return {
    PORT: String(servicePort),
    HOST: '0.0.0.0',
    NODE_ENV: 'production',
    LOG_LEVEL: 'info',
    AWS_REGION: config.region,
    DRAIN_DELAY_MS: String(drainDelayMs),
    // The gateway is behind the load balancer; others behind the gateway, by way of the proxy in their own task.
    TRUSTED_PROXIES: (isGateway ? sources.loadBalancerRanges : ['127.0.0.1', ...sources.taskRanges]).join(','),
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318',
  };
}

const publicUrlOf = ({ dns }: StageConfig) => `https://${dns.apiName}`;

const tokens = (config: StageConfig, isAuth: boolean) => ({
  JWKS_URL: `${isAuth ? `http://127.0.0.1:${servicePort}` : at('auth')}/.well-known/jwks.json`,
  TOKEN_ISSUER: publicUrlOf(config),
});

/** Every variable of a process, as its own configuration demands them; a test parses them with it. */
export function environmentOf({ name, app }: ProcessDefinition, sources: EnvironmentSources): ProcessEnvironment {
  const { config, data, messaging } = sources;
  const { secrets } = data;
  const database = data.postgres.roles.get(app);
  const PUBLIC_URL = publicUrlOf(config);
  const APP_URL = config.dns.appUrl;
  const base = common(sources, name === 'gateway');
  const queues = { QUEUE_URL_BASE: messaging.queueUrlBase };
  const db = { DATABASE_TLS: 'verify', DATABASE_POOL_SIZE: String(config.postgres.poolSize) };
  const dbSecret: Record<string, ISecret> = database ? { DATABASE_SECRET_ID: database.app } : {};
  const state = { STATE_SECRET_ID: data.state.secret };
  const buckets = { QUARANTINE_BUCKET: names.quarantineBucket(config), READY_BUCKET: names.readyBucket(config) };

  switch (name) {
    case 'gateway': {
      const upstreams = { AUTH_URL: at('auth'), USERS_URL: at('users'), GALLERY_URL: at('gallery'), EVENTS_URL: at('events') };
      return { variables: { ...base, ...tokens(config, false), ...upstreams, PUBLIC_URL, APP_URL }, secrets: state };
    }
    case 'auth':
      return {
        variables: {
          ...base,
          ...tokens(config, true),
          ...queues,
          ...db,
          USERS_URL: at('users'),
          PUBLIC_URL,
          APP_URL,
          PASSKEY_RP_ID: config.dns.zoneName,
          PASSKEY_ORIGINS: [new URL(APP_URL).origin, PUBLIC_URL].join(','),
        },
        secrets: {
          ...state,
          ...dbSecret,
          SIGNING_KEYS_SECRET_ID: secrets.signingKeys,
          ENCRYPTION_KEYS_SECRET_ID: secrets.encryptionKeys,
          OAUTH_PROVIDERS_SECRET_ID: secrets.oauthProviders,
        },
      };
    case 'users': {
      const peers = { AUTH_URL: at('auth'), GALLERY_URL: at('gallery'), EVENTS_URL: at('events') };
      return { variables: { ...base, ...tokens(config, false), ...queues, ...db, ...peers }, secrets: { ...state, ...dbSecret } };
    }
    case 'gallery': {
      const { downloads } = config;
      const key = downloads?.inUse ? secrets.downloadsKey : undefined;
      const by: Record<string, string> = downloads && key ? { DOWNLOADS_URL: `https://${downloads.name}` } : {};
      return {
        variables: { ...base, ...tokens(config, false), ...queues, ...db, ...buckets, ...by, USERS_URL: at('users'), PUBLIC_URL },
        secrets: { ...state, ...dbSecret, ...(key ? { DOWNLOADS_KEY_SECRET_ID: key } : {}) },
      };
    }
    case 'gallery-worker':
      return { variables: { ...base, ...queues, ...db, ...buckets, SCRATCH_DIR: scratchFolder }, secrets: dbSecret };
    case 'events': {
      const { analysts } = config;
      const tools: Record<string, string> = analysts ? { ANALYSTS_PORT: String(analystsPort), ANALYSTS_URL: `https://${analysts.name}` } : {};
      return {
        variables: { ...base, ...tokens(config, false), ...queues, ...db, ...tools, USERS_URL: at('users'), PUBLIC_URL },
        secrets: { ...state, ...dbSecret, CLICKHOUSE_SECRET_ID: secrets.clickHouse },
      };
    }
    case 'events-worker':
      return { variables: { ...base, ...queues }, secrets: { CLICKHOUSE_SECRET_ID: secrets.clickHouse } };
    case 'mailer':
      return {
        variables: { ...base, ...queues, ...db, APP_URL, SMTP_URL: config.mail.smtpUrl, MAIL_FROM: config.mail.from },
        secrets: { ...state, ...dbSecret, SMTP_SECRET_ID: secrets.smtp },
      };
  }
}

/** What the one-off tasks of a service read; the same of each of its steps. */
export function releaseEnvironmentOf(app: string, { config, data }: EnvironmentSources): ProcessEnvironment {
  const { postgres, secrets } = data;
  const roles = postgres.roles.get(app);
  if (!roles) throw new Error(`The service ${app} has no schema.`);
  return {
    variables: { LOG_LEVEL: 'info', NODE_ENV: 'production', AWS_REGION: config.region, DATABASE_TLS: 'verify' },
    secrets: {
      DATABASE_ADMIN_SECRET_ID: postgres.administrator,
      DATABASE_OWNER_SECRET_ID: roles.owner,
      DATABASE_SECRET_ID: roles.app,
      ...(app === 'auth' ? { SIGNING_KEYS_SECRET_ID: secrets.signingKeys, ENCRYPTION_KEYS_SECRET_ID: secrets.encryptionKeys } : {}),
      ...(app === 'events'
        ? {
            CLICKHOUSE_ADMIN_SECRET_ID: secrets.clickHouseAdministrator,
            CLICKHOUSE_OWNER_SECRET_ID: secrets.clickHouseOwner,
            CLICKHOUSE_SECRET_ID: secrets.clickHouse,
          }
        : {}),
    },
  };
}

/** What the task reads that gives ClickHouse's users new passwords. */
export const clickHouseRotationEnvironment = ({ config, data: { secrets } }: EnvironmentSources): ProcessEnvironment => ({
  variables: { LOG_LEVEL: 'info', NODE_ENV: 'production', AWS_REGION: config.region },
  secrets: {
    CLICKHOUSE_ADMIN_SECRET_ID: secrets.clickHouseAdministrator,
    CLICKHOUSE_OWNER_SECRET_ID: secrets.clickHouseOwner,
    CLICKHOUSE_SECRET_ID: secrets.clickHouse,
  },
});

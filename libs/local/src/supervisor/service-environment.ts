import type { Credentials } from './credentials.js';
import type { LocalSettings } from './settings.js';

export const region = 'eu-central-1';
export const accountId = '000000000000';
export const buckets = { quarantine: 'atrium-quarantine', ready: 'atrium-ready' } as const;
export const queuePrefix = 'atrium-';

/** Names of the secrets, the same as in AWS. */
export const secretIds = {
  database: (service: string) => `atrium/${service}/database`,
  databaseOwner: (service: string) => `atrium/${service}/database-owner`,
  state: 'atrium/state',
  clickhouse: 'atrium/events/clickhouse',
  clickhouseOwner: 'atrium/events/clickhouse-owner',
  signingKeys: 'atrium/auth/signing-keys',
  encryptionKeys: 'atrium/auth/encryption-keys',
  oauthProviders: 'atrium/auth/oauth-providers',
} as const;

const at = (port: number): string => `http://127.0.0.1:${port}`;

/** Where people and programs outside reach the local platform. */
export const publicUrls = ({ ports }: LocalSettings) => ({
  gateway: `http://localhost:${ports.gateway}`,
  mail: `http://localhost:${ports.mail}`,
  analysts: `http://localhost:${ports.analysts}`,
  s3: `http://localhost:${ports.s3}`,
});

/** Whose pages may call the API and the buckets. */
export const appOrigins = (settings: LocalSettings): readonly string[] => [publicUrls(settings).gateway, ...settings.corsOrigins];

/**
 * The environment of a service, as its task definition gives it in AWS. The endpoints are the SDK's own variables, so
 * that the services' code is the same there.
 */
export function serviceEnvironment(
  service: string,
  port: number,
  settings: LocalSettings,
  credentials: Credentials,
): Record<string, string> {
  const { ports } = settings;
  const publicUrl = publicUrls(settings);
  return {
    PORT: String(port),
    HOST: '127.0.0.1',
    LOG_LEVEL: settings.logLevel,
    // The gateway is the one peer of the services, and has nobody before it.
    TRUSTED_PROXIES: service === 'gateway' ? '' : '127.0.0.1',
    LIMIT_SCALE: String(settings.limitScale),
    ...(settings.otlpEndpoint ? { OTEL_EXPORTER_OTLP_ENDPOINT: settings.otlpEndpoint } : {}),
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.aws.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.aws.secretAccessKey,
    AWS_ENDPOINT_URL_SQS: at(ports.sqs),
    AWS_ENDPOINT_URL_S3: at(ports.s3),
    AWS_ENDPOINT_URL_SECRETS_MANAGER: at(ports.secrets),
    QUEUE_URL_BASE: `${at(ports.sqs)}/${accountId}/${queuePrefix}`,
    STATE_SECRET_ID: secretIds.state,
    DATABASE_SECRET_ID: secretIds.database(service),
    DATABASE_OWNER_SECRET_ID: secretIds.databaseOwner(service),
    CLICKHOUSE_SECRET_ID: secretIds.clickhouse,
    CLICKHOUSE_OWNER_SECRET_ID: secretIds.clickhouseOwner,
    SIGNING_KEYS_SECRET_ID: secretIds.signingKeys,
    ENCRYPTION_KEYS_SECRET_ID: secretIds.encryptionKeys,
    OAUTH_PROVIDERS_SECRET_ID: secretIds.oauthProviders,
    ...(settings.oauthRedirectUris ? { OAUTH_REDIRECT_URIS: settings.oauthRedirectUris } : {}),
    JWKS_URL: `${at(ports.auth)}/.well-known/jwks.json`,
    TOKEN_ISSUER: publicUrl.gateway,
    TOKEN_AUDIENCE: 'atrium',
    PASSKEY_RP_ID: 'localhost',
    PASSKEY_ORIGINS: publicUrl.gateway,
    ...settings.serviceVariables,
    PUBLIC_URL: publicUrl.gateway,
    APP_URL: publicUrl.gateway,
    CORS_ORIGINS: appOrigins(settings).join(','),
    AUTH_URL: at(ports.auth),
    USERS_URL: at(ports.users),
    GALLERY_URL: at(ports.gallery),
    EVENTS_URL: at(ports.events),
    ...(service === 'events' ? { ANALYSTS_PORT: String(ports.analysts), ANALYSTS_URL: publicUrl.analysts } : {}),
    QUARANTINE_BUCKET: buckets.quarantine,
    READY_BUCKET: buckets.ready,
    S3_PUBLIC_ENDPOINT: publicUrl.s3,
    S3_FORCE_PATH_STYLE: 'true',
    SMTP_URL: `smtp://127.0.0.1:${ports.smtp}`,
    MAIL_FROM: 'Atrium <no-reply@atrium.localhost>',
  };
}

import { createServiceApp, HealthRegistry } from '@atrium/platform/http';
import { createLogger } from '@atrium/platform/logging';
import { createMetrics } from '@atrium/platform/telemetry';
import type { InjectOptions } from 'fastify';
import { AuthModule } from '../src/auth.module.js';
import { authConfig } from '../src/config.js';
import { type AuthEngines, encryptionKeysSecret, oauthProvidersSecret, region, signingKeysSecret } from './auth-engines.js';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  /** The parsed body; an empty object where there is none. */
  readonly json: Record<string, unknown>;
}

export interface Request {
  readonly body?: unknown;
  readonly token?: string;
  readonly address?: string;
  readonly headers?: Record<string, string>;
}

export const issuer = 'http://auth.test';
/** Nothing listens there: browsers stop before they get to it. */
export const publicUrl = 'http://localhost:8000';

/** The service as it runs, on the engines; logs are kept to be looked at. */
export async function startAuthApp(engines: AuthEngines, environment: Record<string, string> = {}) {
  const logs: string[] = [];
  const config = authConfig.parse({
    PORT: '0',
    AWS_REGION: region,
    JWKS_URL: `${issuer}/.well-known/jwks.json`,
    TOKEN_ISSUER: issuer,
    PUBLIC_URL: publicUrl,
    APP_URL: publicUrl,
    OAUTH_PROVIDERS_SECRET_ID: oauthProvidersSecret,
    STATE_SECRET_ID: 'atrium/state',
    DATABASE_SECRET_ID: 'atrium/auth/database',
    QUEUE_URL_BASE: `${engines.sqsEndpoint}/000000000000/`,
    SIGNING_KEYS_SECRET_ID: signingKeysSecret,
    PASSKEY_RP_ID: 'atrium.test',
    PASSKEY_ORIGINS: 'https://app.atrium.test,https://atrium.test',
    USERS_URL: 'http://127.0.0.1:9',
    // The least there is: the suites sign in often.
    PASSWORD_HASH_MEMORY_KIB: '19456',
    PASSWORD_HASH_PASSES: '2',
    ENCRYPTION_KEYS_SECRET_ID: encryptionKeysSecret,
    ...environment,
  });
  const logger = createLogger({ service: 'auth', level: 'info', destination: { write: (line) => void logs.push(line) } });
  const health = new HealthRegistry();
  const runtime = { logger, metrics: createMetrics('auth'), secrets: engines.secrets, health };
  const app = await createServiceApp(AuthModule.forRoot(config), runtime, { trustedProxies: [] });
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  const request = async (method: NonNullable<InjectOptions['method']>, url: string, options: Request = {}): Promise<Answer> => {
    const headers = { ...options.headers, ...(options.token !== undefined && { authorization: `Bearer ${options.token}` }) };
    const answer = await app.inject({
      method,
      url: url.startsWith('/.') || url.startsWith('/health') || url.startsWith('/oidc/') ? url : `/api/v1/auth${url}`,
      headers,
      remoteAddress: options.address ?? '192.0.2.1',
      ...(options.body !== undefined && { payload: JSON.stringify(options.body), headers: { ...headers, 'content-type': 'application/json' } }),
    });
    const json: unknown = answer.body.startsWith('{') ? JSON.parse(answer.body) : {};
    return { status: answer.statusCode, headers: answer.headers, text: answer.body, json: json as Record<string, unknown> };
  };
  return { app, logs, request, stop: () => app.close() };
}
export type AuthApp = Awaited<ReturnType<typeof startAuthApp>>;

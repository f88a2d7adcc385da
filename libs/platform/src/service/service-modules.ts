import type { auditEntry, DomainEventDefinition, QueueDefinition } from '@atrium/contract-kit';
import type { DynamicModule } from '@nestjs/common';
import type { z } from 'zod';
import { AuditModule, RecordedDenials } from '../audit/index.js';
import { AuthGuardModule } from '../auth-guard/index.js';
import type { databaseEnvironment, messagingEnvironment, processEnvironment, tokenEnvironment } from '../config/index.js';
import { DatabaseModule } from '../database/index.js';
import { MessagingModule } from '../messaging/index.js';
import { SHARED_STATE, type SharedState, StateModule } from '../state/index.js';

type Values<E extends z.ZodRawShape> = z.output<z.ZodObject<E>>;
type ServiceConfig = Values<typeof processEnvironment> &
  Values<typeof tokenEnvironment> &
  Values<typeof databaseEnvironment> &
  Values<typeof messagingEnvironment>;

export interface ServiceModulesSettings {
  /** Name of the service and of its schema. */
  readonly service: string;
  readonly inbox?: QueueDefinition;
  /** Carries the service's entries of the audit log; unset in processes that write none. */
  readonly audit?: DomainEventDefinition<typeof auditEntry>;
  /** TypeORM entities of the service. */
  readonly entities?: Parameters<typeof DatabaseModule.forRoot>[0]['entities'];
}

type TokenConfig = Values<typeof tokenEnvironment>;

/** Shared state, and a guard that verifies the token of every request; its denials go to the audit log where there is one. */
export const guardModules = (config: TokenConfig): DynamicModule[] => [
  StateModule.forRoot(config.STATE_SECRET_ID),
  AuthGuardModule.forRootAsync({
    inject: [SHARED_STATE, { token: RecordedDenials, optional: true }],
    useFactory: (state: SharedState, accessLog?: RecordedDenials) => ({
      jwksUrl: config.JWKS_URL,
      jwksMaxAgeSeconds: config.JWKS_MAX_AGE_SECONDS,
      issuer: config.TOKEN_ISSUER,
      audience: config.TOKEN_AUDIENCE,
      revocations: state.revocations,
      ...(accessLog ? { accessLog } : {}),
    }),
  }),
];

/** A schema of its own, with outbox, inbox and single effects by Idempotency-Key. */
export const dataModules = (
  config: Omit<ServiceConfig, keyof TokenConfig>,
  settings: ServiceModulesSettings,
): DynamicModule[] => [
  DatabaseModule.forRoot({
    service: settings.service,
    secretId: config.DATABASE_SECRET_ID,
    poolSize: config.DATABASE_POOL_SIZE,
    tls: config.DATABASE_TLS,
    ...(settings.entities ? { entities: settings.entities } : {}),
  }),
  MessagingModule.forRoot({
    service: settings.service,
    region: config.AWS_REGION,
    queueUrlBase: config.QUEUE_URL_BASE,
    ...(settings.inbox ? { inbox: settings.inbox } : {}),
  }),
  ...(settings.audit ? [AuditModule.forRoot(settings.audit)] : []),
];

/** What every service with an API and a schema imports. */
export const serviceModules = (config: ServiceConfig, settings: ServiceModulesSettings): DynamicModule[] => [
  ...guardModules(config),
  ...dataModules(config, settings),
];

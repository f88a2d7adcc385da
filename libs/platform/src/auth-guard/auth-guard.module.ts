import { setTimeout as delay } from 'node:timers/promises';
import {
  Global,
  Inject,
  Module,
  type DynamicModule,
  type FactoryProvider,
  type ModuleMetadata,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { AccessDoor } from './access-door.js';
import { ACCESS_LOG, LoggedDenials, type AccessLog } from './access-log.js';
import { AccessTokenVerifier } from './access-token-verifier.js';
import { DenialInterceptor } from './denial.interceptor.js';
import { JwksCache } from './jwks-cache.js';
import { PrincipalGuard } from './principal.guard.js';
import { REVOCATIONS, type Revocations } from './revocations.js';

export interface AuthGuardOptions {
  /** Where the issuer publishes its keys. */
  readonly jwksUrl: string;
  /** As the {@link JwksCache}'s where unset. */
  readonly jwksMaxAgeSeconds?: number;
  readonly issuer: string;
  readonly audience: string;
  readonly revocations: Revocations;
  /** The service's own log where unset. */
  readonly accessLog?: AccessLog;
  /** 60 where unset. */
  readonly clockToleranceSeconds?: number;
  /** Stands for the issuer's keys where they needn't be fetched: in auth itself, and in tests. */
  readonly jwks?: JwksCache;
}

export interface AuthGuardAsyncOptions extends Pick<ModuleMetadata, 'imports'> {
  readonly inject?: FactoryProvider['inject'];
  readonly useFactory: FactoryProvider<AuthGuardOptions>['useFactory'];
}

const OPTIONS = Symbol('AuthGuardOptions');

const firstKeysAttempts = 25;
const firstKeysPauseMs = 200;

/** Guards every route of the app; gives {@link AccessDoor}, {@link AccessTokenVerifier}, {@link REVOCATIONS} and {@link ACCESS_LOG}. */
@Global()
@Module({})
export class AuthGuardModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    private readonly jwks: JwksCache,
    @Inject(REVOCATIONS) private readonly revocations: Revocations,
  ) {}

  static forRoot(options: AuthGuardOptions): DynamicModule {
    return AuthGuardModule.forRootAsync({ useFactory: () => options });
  }

  static forRootAsync({ imports, inject, useFactory }: AuthGuardAsyncOptions): DynamicModule {
    return {
      module: AuthGuardModule,
      imports: imports ?? [],
      providers: [{ provide: OPTIONS, inject: inject ?? [], useFactory }, ...providers],
      exports: [JwksCache, AccessDoor, AccessTokenVerifier, REVOCATIONS, ACCESS_LOG],
    };
  }

  /** Keys and revocations are read before the first request where their sources answer; neither stops the start. */
  async onApplicationBootstrap(): Promise<void> {
    await Promise.all([this.readFirstKeys(), this.revocations.start()]);
  }

  /** All services start at once: auth gets some seconds to be there, so that what is ready can also verify a token. */
  private async readFirstKeys(): Promise<void> {
    await this.jwks.refresh();
    for (let attempt = 1; attempt < firstKeysAttempts && !this.jwks.loaded; attempt += 1) {
      await delay(firstKeysPauseMs);
      await this.jwks.refresh();
    }
  }

  onApplicationShutdown(): void {
    this.revocations.stop();
  }
}

const fromOptions = <T>(provide: FactoryProvider<T>['provide'], make: (options: AuthGuardOptions) => T): FactoryProvider<T> => ({
  provide,
  inject: [OPTIONS],
  useFactory: make,
});

const providers = [
  fromOptions(JwksCache, ({ jwks, jwksUrl, jwksMaxAgeSeconds }) =>
    jwks ?? new JwksCache({ url: jwksUrl, maxAgeSeconds: jwksMaxAgeSeconds })),
  fromOptions<Revocations>(REVOCATIONS, ({ revocations }) => revocations),
  fromOptions<AccessLog>(ACCESS_LOG, ({ accessLog }) => accessLog ?? new LoggedDenials()),
  {
    provide: AccessTokenVerifier,
    inject: [OPTIONS, JwksCache],
    useFactory: ({ issuer, audience, clockToleranceSeconds }: AuthGuardOptions, jwks: JwksCache) =>
      new AccessTokenVerifier({ jwks, issuer, audience, clockToleranceSeconds }),
  },
  AccessDoor,
  { provide: APP_GUARD, useClass: PrincipalGuard },
  { provide: APP_INTERCEPTOR, useClass: DenialInterceptor },
];

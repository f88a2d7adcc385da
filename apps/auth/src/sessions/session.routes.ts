import { authEndpoints } from '@atrium/contracts/auth';
import { LOGGER } from '@atrium/platform/context';
import { serveDirectly } from '@atrium/platform/http';
import type { Logger } from '@atrium/platform/logging';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { LoginService } from './login.service.js';
import { RefreshService } from './refresh.service.js';

const headers = { 'cache-control': 'no-store' } as const;

/**
 * What clients ask most, past Nest: it took a quarter of auth's CPU for a refresh, and beside a password's hash, which
 * empties the caches, all that runs costs several times as much. The rest of sessions is SessionController's.
 */
@Injectable()
export class SessionRoutes implements OnModuleInit {
  constructor(
    private readonly host: HttpAdapterHost,
    private readonly logins: LoginService,
    private readonly refreshes: RefreshService,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onModuleInit(): void {
    const server = this.host.httpAdapter.getInstance<FastifyInstance>();
    const { logins, refreshes, logger } = this;
    serveDirectly(server, { definition: authEndpoints.login, handle: ({ body, client }) => logins.login(body, client), headers }, logger);
    serveDirectly(server, { definition: authEndpoints.refresh, handle: ({ body }) => refreshes.refresh(body.refresh_token), headers }, logger);
  }
}

import { authEndpoints } from '@atrium/contracts/auth';
import { LOGGER } from '@atrium/platform/context';
import { serveDirectly } from '@atrium/platform/http';
import type { Logger } from '@atrium/platform/logging';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { RefreshService } from './refresh.service.js';

/** What each client asks every few minutes: past Nest, which took a quarter of auth's CPU for it. The rest of sessions is SessionController's. */
@Injectable()
export class RefreshRoute implements OnModuleInit {
  constructor(
    private readonly host: HttpAdapterHost,
    private readonly refreshes: RefreshService,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onModuleInit(): void {
    const server = this.host.httpAdapter.getInstance<FastifyInstance>();
    serveDirectly(
      server,
      {
        definition: authEndpoints.refresh,
        handle: ({ body }) => this.refreshes.refresh(body.refresh_token),
        headers: { 'cache-control': 'no-store' },
      },
      this.logger,
    );
  }
}

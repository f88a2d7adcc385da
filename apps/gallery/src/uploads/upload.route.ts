import { galleryEndpoints } from '@atrium/contracts/gallery';
import { LOGGER } from '@atrium/platform/context';
import { DirectGuard, serveDirectly } from '@atrium/platform/http';
import type { Logger } from '@atrium/platform/logging';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { UploadService } from './upload.service.js';

/** The beginning of an upload, past Nest: what clients ask for each file. The rest of uploads is UploadController's. */
@Injectable()
export class UploadRoute implements OnModuleInit {
  constructor(
    private readonly host: HttpAdapterHost,
    private readonly uploads: UploadService,
    private readonly guard: DirectGuard,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onModuleInit(): void {
    const server = this.host.httpAdapter.getInstance<FastifyInstance>();
    const { uploads, guard, logger } = this;
    const { createUpload: definition } = galleryEndpoints;
    serveDirectly(server, { definition, handle: ({ principal, body }) => uploads.create(principal, body), headers: {} }, logger, guard);
  }
}

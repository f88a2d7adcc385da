import { eventsEndpoints as endpoints } from '@atrium/contracts/events';
import type { OutputOf } from '@atrium/contract-kit';
import { LOGGER } from '@atrium/platform/context';
import { DomainError } from '@atrium/platform/errors';
import { registerDirectly } from '@atrium/platform/http';
import type { Logger } from '@atrium/platform/logging';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { IngestCaller } from '../ingest/ingest-caller.js';
import { WriteKeyDirectory } from '../sources/write-key-directory.js';

/** Dependency-injection token of the base URL under which clients reach the gateway. */
export const PUBLIC_URL = Symbol('PublicUrl');

/** A page that is opened again asks its browser's cache; what a disabled key sends is refused at once anyway. */
const cacheControl = 'private, max-age=300';

/** Base URL of the tracking API, in the two parts that analytics.js puts together. */
function segmentSettings(apiKey: string, publicUrl: URL): OutputOf<typeof endpoints.segmentSettings> {
  const apiHost = `${publicUrl.host}${publicUrl.pathname.replace(/\/$/, '')}/v1`;
  const protocol = publicUrl.protocol === 'https:' ? 'https' : 'http';
  return {
    integrations: { 'Segment.io': { apiKey, apiHost, protocol, addBundledMetadata: false, versionSettings: { componentTypes: [] } } },
    plan: { track: {}, identify: {}, group: {} },
    enabledMiddleware: {},
    // The SDK's reports on itself are nobody's here.
    metrics: { sampleRate: 0 },
    remotePlugins: [],
  };
}

const sourceConfig = (id: string): OutputOf<typeof endpoints.rudderSourceConfig> => ({
  source: { id, name: '', enabled: true, config: { statsCollection: { errors: { enabled: false }, metrics: { enabled: false } } }, destinations: [] },
});

/** What SDKs in browsers fetch before they send. */
@Injectable()
export class SdkSettingsRoute implements OnModuleInit {
  constructor(
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
    @Inject(IngestCaller) private readonly caller: IngestCaller,
    @Inject(WriteKeyDirectory) private readonly writeKeys: WriteKeyDirectory,
    @Inject(PUBLIC_URL) private readonly publicUrl: string,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onModuleInit(): void {
    registerDirectly(this.host, this.logger, (scope) => this.register(scope));
  }

  private register(scope: FastifyInstance): void {
    const settings = endpoints.segmentSettings.path.replace('{write_key}', ':write_key');
    scope.get<{ Params: { write_key: string } }>(settings, async ({ params }, reply) => {
      const source = await this.writeKeys.find(params.write_key);
      if (!source) throw new DomainError('UNAUTHENTICATED', 'A valid write key is required.');
      return reply.header('cache-control', cacheControl).send(segmentSettings(params.write_key, new URL(this.publicUrl)));
    });
    const { path, aliases } = endpoints.rudderSourceConfig;
    for (const url of [path, ...aliases]) {
      scope.get(url, async (request, reply) => {
        const { sourceId } = await this.caller.identify(request);
        return reply.header('cache-control', cacheControl).send(sourceConfig(sourceId));
      });
    }
  }
}

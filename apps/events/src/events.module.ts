import type { QueueDefinition } from '@atrium/contract-kit';
import { auditRecorded } from '@atrium/contracts/domain-events';
import { queues } from '@atrium/contracts/queues';
import { createSqsClient } from '@atrium/platform/aws';
import { METRICS } from '@atrium/platform/context';
import { serviceModules } from '@atrium/platform/service';
import type { Metrics } from '@atrium/platform/telemetry';
import { SiteDirectoryModule } from '@atrium/site-directory';
import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { AnalystController } from './analysts/analyst.controller.js';
import { AnalystDirectory } from './analysts/analyst-directory.js';
import { ANALYSTS_PORT, AnalystDoor } from './analysts/analyst-door.js';
import { AnalystQueries } from './analysts/analyst-queries.js';
import { AnalystRepository } from './analysts/analyst.repository.js';
import { ANALYSTS_URL, AnalystService } from './analysts/analyst.service.js';
import { CatalogDirectory } from './catalog/catalog-directory.js';
import { CatalogJudges } from './catalog/catalog-judges.js';
import { EventSchemaController } from './catalog/event-schema.controller.js';
import { EventSchemaRepository } from './catalog/event-schema.repository.js';
import { EventSchemaService } from './catalog/event-schema.service.js';
import { SchemaSuggestionService } from './catalog/schema-suggestion.service.js';
import { clickHouseReader, clickHouseWriter } from './clickhouse/clickhouse.providers.js';
import type { EventsConfig } from './config.js';
import { ErasureJob } from './erasure/erasure.job.js';
import { ErasureRepository } from './erasure/erasure.repository.js';
import { EventEraser } from './erasure/event-eraser.js';
import { OwnEventsController } from './export/own-events.controller.js';
import { OwnEventsService } from './export/own-events.service.js';
import { USERS_URL } from './export/own-organizations.js';
import { IngestCaller } from './ingest/ingest-caller.js';
import { Arrivals, KEPT_ADDRESSES } from './ingest/arrivals.js';
import { IngestRoute } from './ingest/ingest.route.js';
import { IngestService } from './ingest/ingest.service.js';
import { PackLanes } from './packs/pack-lanes.js';
import type { PackMessage } from './packs/pack-message.js';
import { PackSender } from './packs/pack-sender.js';
import { QUARANTINE_LANES } from './packs/quarantine-lanes.js';
import { QuarantineController } from './quarantine/quarantine.controller.js';
import { QuarantineRepository } from './quarantine/quarantine.repository.js';
import { QuarantineService } from './quarantine/quarantine.service.js';
import { ReplayService } from './quarantine/replay.service.js';
import { queryControllers, queryProviders } from './queries/query.providers.js';
import { PUBLIC_URL, SdkSettingsRoute } from './segment/sdk-settings.route.js';
import { SegmentRoute } from './segment/segment.route.js';
import { OrganizationRemains } from './removals/organization-remains.js';
import { RemovalJob } from './removals/removal.job.js';
import { RemovalRepository } from './removals/removal.repository.js';
import { RowRemover } from './removals/row-remover.js';
import { SubjectErasureController } from './removals/subject-erasure.controller.js';
import { SubjectErasureService } from './removals/subject-erasure.service.js';
import { EventSettingsController } from './settings/event-settings.controller.js';
import { EventSettingsRepository } from './settings/event-settings.repository.js';
import { EventSettingsService } from './settings/event-settings.service.js';
import { RETENTION_DAYS, RetentionDirectory } from './settings/retention-directory.js';
import { DEFAULT_QUOTA, IngestQuotas } from './quotas/ingest-quotas.js';
import type { Quota } from './quotas/usage-account.js';
import { UsageController } from './quotas/usage.controller.js';
import { UsageRepository } from './quotas/usage.repository.js';
import { UsageService } from './quotas/usage.service.js';
import { SourceController } from './sources/source.controller.js';
import { SourceRepository } from './sources/source.repository.js';
import { SourceService } from './sources/source.service.js';
import { WriteKeyDirectory } from './sources/write-key-directory.js';
import { EventStatsController } from './stats/event-stats.controller.js';
import { EventStatsService } from './stats/event-stats.service.js';
import { QuarantineCounts } from './stats/quarantine-counts.js';
import { QueueProgress } from './stats/queue-progress.js';

/** With an SQS client of its own: the outbox's is closed before the last requests have been answered. */
const packSender = ({ AWS_REGION, QUEUE_URL_BASE }: EventsConfig, provide: symbol | typeof PackSender, { name }: QueueDefinition) => ({
  provide,
  inject: [METRICS],
  useFactory: async (metrics: Metrics) => {
    const detours = metrics.counter({ name: 'events_packs_sent_by_sdk_total', help: 'Packs whose first, cheap attempt the queue did not take.' });
    const sqs = await createSqsClient({ region: AWS_REGION });
    return new PackSender({ sqs, queueUrl: `${QUEUE_URL_BASE}${name}`, onDetour: () => detours.inc() });
  },
});

/** Where packs of organizations that send a great deal go: dependency-injection token. */
const BULK_SENDER = Symbol('BulkSender');

const packLanes = (config: EventsConfig, provide: symbol | typeof PackLanes = PackLanes, target: Pick<PackMessage, 'target'> = {}) => ({
  provide,
  inject: [PackSender, BULK_SENDER],
  useFactory: (shared: PackSender, bulk: PackSender) =>
    new PackLanes({
      sendShared: (pack) => shared.send({ ...target, ...pack }),
      sendBulk: (pack, orgId) => bulk.send({ ...target, ...pack }, orgId),
      lingerMs: config.EVENTS_PACK_LINGER_MS,
      maxWaiting: config.EVENTS_MAX_WAITING_BYTES,
      bulkPerSecond: config.EVENTS_BULK_BYTES_PER_SECOND,
    }),
});

/** Tools' accounts, and the port on which they connect. */
const analysts = ({ ANALYSTS_PORT: port, ANALYSTS_URL: url, HOST: host }: EventsConfig) => [
  { provide: ANALYSTS_PORT, useValue: port === undefined ? undefined : { host, port } },
  { provide: ANALYSTS_URL, useValue: port === undefined ? undefined : new URL(url ?? `http://localhost:${port}`) },
  AnalystRepository,
  AnalystDirectory,
  AnalystService,
  AnalystQueries,
  AnalystDoor,
];

/** What is removed from ClickHouse, and when. */
const removals = [RemovalRepository, RowRemover, OrganizationRemains, RemovalJob, SubjectErasureService];
const defaultQuota = (config: EventsConfig): Quota => ({
  eventsPerMonth: config.EVENTS_QUOTA_PER_MONTH,
  eventsPerSecond: Math.min(100_000_000, Math.max(100, Math.ceil(config.EVENTS_QUOTA_PER_SECOND * config.LIMIT_SCALE))),
});

/** The API: takes events in, manages their sources, answers questions about them. */
@Module({})
export class EventsModule implements OnApplicationShutdown {
  constructor(
    @Inject(PackLanes) private readonly packs: PackLanes,
    @Inject(QUARANTINE_LANES) private readonly quarantine: PackLanes,
    @Inject(PackSender) private readonly sender: PackSender,
    @Inject(BULK_SENDER) private readonly bulkSender: PackSender,
  ) {}

  static forRoot(config: EventsConfig): DynamicModule {
    return {
      module: EventsModule,
      imports: [
        ...serviceModules(config, { service: 'events', inbox: queues.eventsInbox, audit: auditRecorded }),
        SiteDirectoryModule.forRoot({ service: 'events', usersUrl: config.USERS_URL }),
      ],
      controllers: [
        AnalystController, SubjectErasureController, EventSettingsController, SourceController, EventSchemaController, QuarantineController,
        ...queryControllers, OwnEventsController, UsageController, EventStatsController,
      ],
      providers: [
        clickHouseReader(config.CLICKHOUSE_SECRET_ID),
        clickHouseWriter(config.CLICKHOUSE_SECRET_ID),
        ErasureRepository,
        EventEraser,
        ErasureJob,
        { provide: USERS_URL, useValue: config.USERS_URL },
        OwnEventsService,
        packSender(config, PackSender, queues.eventsIngest),
        packSender(config, BULK_SENDER, queues.eventsBulk),
        { provide: KEPT_ADDRESSES, useValue: config.EVENTS_ADDRESSES },
        { provide: RETENTION_DAYS, useValue: config.EVENTS_RETENTION_DAYS },
        { provide: PUBLIC_URL, useValue: config.PUBLIC_URL },
        Arrivals,
        packLanes(config),
        packLanes(config, QUARANTINE_LANES, { target: 'quarantine' }),
        { provide: DEFAULT_QUOTA, useValue: defaultQuota(config) },
        UsageRepository,
        IngestQuotas,
        UsageService,
        SourceRepository,
        SourceService,
        WriteKeyDirectory,
        EventSchemaRepository,
        EventSchemaService,
        SchemaSuggestionService,
        CatalogDirectory,
        CatalogJudges,
        QuarantineRepository,
        QuarantineService,
        ReplayService,
        IngestCaller,
        IngestService,
        IngestRoute,
        SegmentRoute,
        SdkSettingsRoute,
        ...queryProviders,
        EventStatsService,
        QuarantineCounts,
        QueueProgress,
        ...analysts(config),
        ...removals,
        EventSettingsRepository,
        EventSettingsService,
        RetentionDirectory,
      ],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.packs.close(), this.quarantine.close()]);
    await Promise.all([this.sender.close(), this.bulkSender.close()]);
  }
}

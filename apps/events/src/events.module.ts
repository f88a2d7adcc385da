import { auditRecorded } from '@atrium/contracts/domain-events';
import { queues } from '@atrium/contracts/queues';
import { serviceModules } from '@atrium/platform/service';
import { SiteDirectoryModule } from '@atrium/site-directory';
import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { AnalystController } from './analysts/analyst.controller.js';
import { analystProviders } from './analysts/analyst.providers.js';
import { catalogProviders } from './catalog/catalog.providers.js';
import { EventSchemaController } from './catalog/event-schema.controller.js';
import { clickHouseReader, clickHouseWriter } from './clickhouse/clickhouse.providers.js';
import type { EventsConfig } from './config.js';
import { ErasureJob } from './erasure/erasure.job.js';
import { ErasureRepository } from './erasure/erasure.repository.js';
import { EventEraser } from './erasure/event-eraser.js';
import { OwnEventsController } from './export/own-events.controller.js';
import { OwnEventsService } from './export/own-events.service.js';
import { USERS_URL } from './export/own-organizations.js';
import { Arrivals, KEPT_ADDRESSES } from './ingest/arrivals.js';
import { EarlyIngest } from './ingest/early-ingest.js';
import { IngestCaller } from './ingest/ingest-caller.js';
import { IngestRoute } from './ingest/ingest.route.js';
import { IngestService } from './ingest/ingest.service.js';
import { PackLanes } from './packs/pack-lanes.js';
import { PackSender } from './packs/pack-sender.js';
import { BULK_SENDER, packProviders } from './packs/pack.providers.js';
import { QUARANTINE_LANES } from './packs/quarantine-lanes.js';
import { QuarantineController } from './quarantine/quarantine.controller.js';
import { QuarantineRepository } from './quarantine/quarantine.repository.js';
import { QuarantineService } from './quarantine/quarantine.service.js';
import { ReplayService } from './quarantine/replay.service.js';
import { queryControllers, queryProviders } from './queries/query.providers.js';
import { quotaProviders } from './quotas/quota.providers.js';
import { UsageController } from './quotas/usage.controller.js';
import { removalProviders } from './removals/removal.providers.js';
import { SubjectErasureController } from './removals/subject-erasure.controller.js';
import { PUBLIC_URL, SdkSettingsRoute } from './segment/sdk-settings.route.js';
import { SegmentRoute } from './segment/segment.route.js';
import { EventSettingsController } from './settings/event-settings.controller.js';
import { EventSettingsRepository } from './settings/event-settings.repository.js';
import { EventSettingsService } from './settings/event-settings.service.js';
import { RETENTION_DAYS, RetentionDirectory } from './settings/retention-directory.js';
import { SourceController } from './sources/source.controller.js';
import { SourceRepository } from './sources/source.repository.js';
import { SourceService } from './sources/source.service.js';
import { WriteKeyDirectory } from './sources/write-key-directory.js';
import { EventStatsController } from './stats/event-stats.controller.js';
import { EventStatsService } from './stats/event-stats.service.js';
import { QuarantineCounts } from './stats/quarantine-counts.js';
import { QueueProgress } from './stats/queue-progress.js';

const controllers = [
  ...[AnalystController, SubjectErasureController, EventSettingsController, SourceController, EventSchemaController],
  ...[QuarantineController, ...queryControllers, OwnEventsController, UsageController, EventStatsController],
];

const settingValues = (config: EventsConfig) => [
  { provide: USERS_URL, useValue: config.USERS_URL },
  { provide: PUBLIC_URL, useValue: config.PUBLIC_URL },
  { provide: KEPT_ADDRESSES, useValue: config.EVENTS_ADDRESSES },
  { provide: RETENTION_DAYS, useValue: config.EVENTS_RETENTION_DAYS },
];

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
      controllers,
      providers: [
        ...settingValues(config),
        clickHouseReader(config.CLICKHOUSE_SECRET_ID),
        clickHouseWriter(config.CLICKHOUSE_SECRET_ID),
        ...[IngestCaller, IngestService, IngestRoute, EarlyIngest, Arrivals, SegmentRoute, SdkSettingsRoute],
        ...packProviders(config),
        ...quotaProviders(config),
        ...[SourceRepository, SourceService, WriteKeyDirectory],
        ...catalogProviders,
        ...[QuarantineRepository, QuarantineService, ReplayService],
        ...queryProviders,
        ...analystProviders(config),
        ...[EventStatsService, QuarantineCounts, QueueProgress],
        ...[EventSettingsRepository, EventSettingsService, RetentionDirectory],
        ...[ErasureRepository, EventEraser, ErasureJob, OwnEventsService],
        ...removalProviders,
      ],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.packs.close(), this.quarantine.close()]);
    await Promise.all([this.sender.close(), this.bulkSender.close()]);
  }
}

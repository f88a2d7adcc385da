import { auditRecorded } from '@atrium/contracts/domain-events';
import { queues } from '@atrium/contracts/queues';
import { serviceModules } from '@atrium/platform/service';
import { type DynamicModule, Module } from '@nestjs/common';
import { AuditLogConsumer } from './audit/audit-log.consumer.js';
import type { UsersConfig } from './config.js';
import { SERVICE_URLS } from './people/export-sources.js';
import { usersControllers, usersProviders } from './users.providers.js';

const serviceUrls = ({ AUTH_URL, GALLERY_URL, EVENTS_URL }: UsersConfig) => ({
  provide: SERVICE_URLS,
  useValue: { auth: AUTH_URL, gallery: GALLERY_URL, events: EVENTS_URL },
});

/** People, organizations, sites, roles and invitations. */
@Module({})
export class UsersModule {
  static forRoot(config: UsersConfig): DynamicModule {
    return {
      module: UsersModule,
      imports: serviceModules(config, { service: 'users', inbox: queues.usersInbox, audit: auditRecorded }),
      controllers: usersControllers,
      providers: [...usersProviders, AuditLogConsumer, serviceUrls(config)],
    };
  }
}

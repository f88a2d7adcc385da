import type { EventsConfig } from '../config.js';
import { DEFAULT_QUOTA, IngestQuotas } from './ingest-quotas.js';
import type { Quota } from './usage-account.js';
import { UsageRepository } from './usage.repository.js';
import { UsageService } from './usage.service.js';

const defaultQuota = (config: EventsConfig): Quota => ({
  eventsPerMonth: config.EVENTS_QUOTA_PER_MONTH,
  eventsPerSecond: Math.min(100_000_000, Math.max(100, Math.ceil(config.EVENTS_QUOTA_PER_SECOND * config.LIMIT_SCALE))),
});

/** How much an organization may send, and how much it sent. */
export const quotaProviders = (config: EventsConfig) => [
  { provide: DEFAULT_QUOTA, useValue: defaultQuota(config) },
  UsageRepository,
  IngestQuotas,
  UsageService,
];

import type { GalleryConfig } from '../config.js';
import { DEFAULT_QUOTAS, type DefaultQuotas, StorageQuotas } from './storage-quotas.js';
import { UsageRepository } from './usage.repository.js';

type QuotaConfig = Pick<GalleryConfig, 'STORAGE_QUOTA_BYTES' | 'STORAGE_QUOTA_FILES' | 'STORAGE_QUOTA_SITE_BYTES' | 'STORAGE_QUOTA_SITE_FILES'>;

const defaultQuotas = (config: QuotaConfig): DefaultQuotas => ({
  organization: { bytes: config.STORAGE_QUOTA_BYTES, files: config.STORAGE_QUOTA_FILES },
  site: { bytes: config.STORAGE_QUOTA_SITE_BYTES ?? null, files: config.STORAGE_QUOTA_SITE_FILES ?? null },
});

/** What counts files and bytes, in the API and in the worker. */
export const quotaProviders = (config: QuotaConfig) => [
  UsageRepository,
  StorageQuotas,
  { provide: DEFAULT_QUOTAS, useValue: defaultQuotas(config) },
];

import { AssetLifecycle } from '../assets/asset-lifecycle.js';
import { AssetRepository } from '../assets/asset.repository.js';
import type { GalleryWorkerConfig } from '../config.js';
import { ErasureRepository } from '../erasure/erasure.repository.js';
import { PersonErasure } from '../erasure/person-erasure.js';
import { OverdueUploads } from '../expiry/overdue-uploads.js';
import { UploadExpiry } from '../expiry/upload-expiry.js';
import { quotaProviders } from '../quotas/quota.providers.js';
import { RemovalRepository } from '../removals/removal.repository.js';
import { TenantRemoval } from '../removals/tenant-removal.js';
import { storageProviders } from '../storage/storage.providers.js';
import { AssetPurge } from './asset-purge.js';
import { AssetStates } from './asset-states.js';
import { LostObjects } from './lost-objects.js';
import { ReaperMetrics } from './reaper-metrics.js';
import { Reaper } from './reaper.js';
import { StaleMultiparts } from './stale-multiparts.js';
import { SweepLock } from './sweep-lock.js';
import { SweepPositions } from './sweep-positions.js';
import { TRASH_DAYS, TrashPurge } from './trash-purge.js';
import { UnknownObjects } from './unknown-objects.js';
import { UsageAudit } from './usage-audit.js';

/** The reaper with all that it needs, for the worker and for the operator's command. */
export const reaperProviders = (config: GalleryWorkerConfig) => [
  AssetRepository,
  AssetLifecycle,
  ...quotaProviders(config),
  ...storageProviders(config),
  OverdueUploads,
  UploadExpiry,
  ErasureRepository,
  PersonErasure,
  RemovalRepository,
  TenantRemoval,
  AssetPurge,
  AssetStates,
  SweepLock,
  SweepPositions,
  TrashPurge,
  StaleMultiparts,
  UnknownObjects,
  LostObjects,
  UsageAudit,
  ReaperMetrics,
  Reaper,
  { provide: TRASH_DAYS, useValue: config.TRASH_DAYS },
];

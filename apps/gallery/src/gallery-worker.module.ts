import { tmpdir } from 'node:os';
import { auditRecorded } from '@atrium/contracts/domain-events';
import { HealthRegistry } from '@atrium/platform/http';
import { dataModules } from '@atrium/platform/service';
import { type DynamicModule, Module } from '@nestjs/common';
import { AssetEntity } from './assets/asset.entity.js';
import type { GalleryWorkerConfig } from './config.js';
import { BACKLOG_INTERVAL_MS, DerivativeBacklogJob } from './derivatives/derivative-backlog.job.js';
import { DerivativeRepository } from './derivatives/derivative.repository.js';
import { DerivativeStore } from './derivatives/derivative-store.js';
import { ImageDecoder } from './imaging/image-decoder.js';
import { IMAGE_SETTINGS, type ImageSettings } from './imaging/image-settings.js';
import { makeScratchFolder } from './imaging/scratch-folder.js';
import { ClamavScanner } from './scanning/clamav-scanner.js';
import { FILE_SCANNER, type FileScanner } from './scanning/file-scanner.js';
import { SettingsRepository } from './settings/settings.repository.js';
import { DueJob, REAPER_INTERVALS, ReconcileJob } from './reaper/reaper.jobs.js';
import { reaperProviders } from './reaper/reaper.providers.js';
import { QUARANTINE_BUCKET, UploadConsumer } from './verification/upload-consumer.js';
import { ImageVerification } from './verification/image-verification.js';
import { VerificationService } from './verification/verification.service.js';

const mebibyte = 1024 ** 2;

const imageSettings = (config: GalleryWorkerConfig) => ({
  provide: IMAGE_SETTINGS,
  useFactory: async (): Promise<ImageSettings> => {
    const scratchFolder = await makeScratchFolder(config.SCRATCH_DIR ?? tmpdir());
    return {
      processes: config.IMAGE_PROCESSES,
      maxBytes: config.IMAGE_MAX_BYTES,
      scratchFolder,
      limits: {
        maxPixels: config.IMAGE_MAX_PIXELS,
        maxFrames: config.IMAGE_MAX_FRAMES,
        maxSeconds: config.IMAGE_CPU_SECONDS,
        maxMemory: config.IMAGE_MEMORY_MB * mebibyte,
      },
    };
  },
});

const fileScanner = ({ CLAMAV_HOST: host, CLAMAV_PORT: port, CLAMAV_STREAM_MAX_LENGTH: streamMaxLength }: GalleryWorkerConfig) => ({
  provide: FILE_SCANNER,
  inject: [HealthRegistry],
  useFactory: (health: HealthRegistry): FileScanner | undefined => {
    if (host === undefined) return undefined;
    const scanner = new ClamavScanner({ host, port, streamMaxLength });
    health.add('file-scanner', () => scanner.ping());
    return scanner;
  },
});

/** The worker: verifies what was uploaded, and reaps what never came or is no longer wanted. */
@Module({})
export class GalleryWorkerModule {
  static forRoot(config: GalleryWorkerConfig): DynamicModule {
    return {
      module: GalleryWorkerModule,
      imports: dataModules(config, { service: 'gallery', audit: auditRecorded, entities: [AssetEntity] }),
      providers: [
        ...reaperProviders(config),
        VerificationService,
        UploadConsumer,
        DueJob,
        ReconcileJob,
        SettingsRepository,
        ImageDecoder,
        ImageVerification,
        DerivativeStore,
        DerivativeRepository,
        DerivativeBacklogJob,
        imageSettings(config),
        fileScanner(config),
        { provide: BACKLOG_INTERVAL_MS, useValue: config.DERIVATIVE_SWEEP_SECONDS * 1000 },
        { provide: QUARANTINE_BUCKET, useValue: config.QUARANTINE_BUCKET },
        { provide: REAPER_INTERVALS, useValue: { due: config.UPLOAD_SWEEP_SECONDS * 1000, reconcile: config.RECONCILE_SECONDS * 1000 } },
      ],
    };
  }
}

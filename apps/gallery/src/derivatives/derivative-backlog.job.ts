import { LOGGER, METRICS } from '@atrium/platform/context';
import { Database } from '@atrium/platform/database';
import { RecurringJob } from '@atrium/platform/jobs';
import type { Logger } from '@atrium/platform/logging';
import type { Metrics } from '@atrium/platform/telemetry';
import { Inject, Injectable } from '@nestjs/common';
import { AssetRepository } from '../assets/asset.repository.js';
import { ImageDecoder } from '../imaging/image-decoder.js';
import { IMAGE_SETTINGS, type ImageSettings } from '../imaging/image-settings.js';
import { withOriginal } from '../imaging/scratch-folder.js';
import { isStorageUnavailable } from '../storage/s3-failure.js';
import { AssetObjects } from '../storage/asset-objects.js';
import { DerivativeRepository, type MissingDerivatives } from './derivative.repository.js';
import { DerivativeStore } from './derivative-store.js';

/** Dependency-injection token of the milliseconds between two looks at the backlog. */
export const BACKLOG_INTERVAL_MS = Symbol('BacklogIntervalMs');
const batch = 20;

/** Makes the copies of images that have none: where making them failed, and of images that are older than copies are. */
@Injectable()
export class DerivativeBacklogJob extends RecurringJob {
  private readonly backlog;

  constructor(
    private readonly database: Database,
    private readonly derivatives: DerivativeRepository,
    private readonly assets: AssetRepository,
    private readonly objects: AssetObjects,
    private readonly decoder: ImageDecoder,
    private readonly store: DerivativeStore,
    @Inject(IMAGE_SETTINGS) private readonly settings: ImageSettings,
    @Inject(METRICS) metrics: Metrics,
    @Inject(BACKLOG_INTERVAL_MS) everyMs: number,
    @Inject(LOGGER) logger: Logger,
  ) {
    super(logger, { everyMs, failure: 'Missing copies of images could not be looked for; trying again later.' });
    this.backlog = metrics.gauge({
      name: 'gallery_images_without_derivatives',
      help: 'Ready images that have no copies: waiting for them, or given up after several tries.',
      labels: ['state'],
    });
  }

  async run(): Promise<void> {
    const missing = await this.database.withoutTenant((tx) => this.derivatives.missing(tx, batch));
    for (const image of missing) {
      await this.make(image).catch((error: unknown) => this.failed(image, error));
    }
    const { waiting, givenUp } = await this.database.withoutTenant((tx) => this.derivatives.count(tx));
    this.backlog.set({ state: 'waiting' }, waiting);
    this.backlog.set({ state: 'given_up' }, givenUp);
    if (waiting + givenUp > 0) this.logger.warn({ waiting, given_up: givenUp }, 'Images are without their copies.');
  }

  private async failed({ org_id: orgId, id }: MissingDerivatives, error: unknown): Promise<void> {
    this.logger.warn({ err: error, org_id: orgId, asset_id: id }, 'Copies of an image could not be made.');
    // An outage of S3 says nothing about the image.
    if (!isStorageUnavailable(error)) await this.database.inTenant(orgId, (tx) => this.derivatives.countAttempt(tx, id));
  }

  private async make({ org_id: orgId, id }: MissingDerivatives): Promise<void> {
    const asset = await this.database.inTenant(orgId, (tx) => this.assets.find(tx, id));
    if (asset?.status !== 'ready' || asset.readyKey === null) return;
    const { readyKey, contentType, siteId } = asset;
    const size = asset.storedSize ?? asset.size;
    if (size > this.settings.maxBytes) throw new Error(`the image has ${size} bytes, which is too much to decode`);
    await withOriginal(this.settings.scratchFolder, await this.objects.openReady(readyKey), size, async (folder) => {
      const decoded = await this.decoder.decode({ folder, contentType, strip: false });
      if (decoded.kind === 'refused') throw new Error(`${decoded.code}: ${decoded.message}`);
      const fields = await this.store.store({ orgId, siteId, assetId: id }, folder, decoded);
      if (!fields.derivatives) throw new Error('the image is sound, but its copies could not be made');
      const saved = await this.database.inTenant(orgId, (tx) => this.derivatives.save(tx, id, fields));
      // It was purged meanwhile: nothing would ever find the copies.
      if (!saved) await this.objects.removeReady(readyKey);
    });
  }
}

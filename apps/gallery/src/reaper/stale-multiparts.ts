import { LOGGER } from '@atrium/platform/context';
import type { Logger } from '@atrium/platform/logging';
import { Inject, Injectable } from '@nestjs/common';
import { parseQuarantineKey } from '../storage/object-key.js';
import { type OpenMultipart, StoredObjects } from '../storage/stored-objects.js';
import { AssetStates } from './asset-states.js';
import { grace, type Reaped, type ReapMode } from './reap-mode.js';

/** How many are looked up at a time. */
const batch = 500;

/**
 * Aborts multipart uploads whose assets await nothing any more: S3 keeps their parts, and charges for them, until somebody
 * does. How many bytes these have, S3 doesn't say.
 */
@Injectable()
export class StaleMultiparts {
  constructor(
    private readonly objects: StoredObjects,
    private readonly states: AssetStates,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async sweep(mode: ReapMode): Promise<Reaped[]> {
    let count = 0;
    let waiting: OpenMultipart[] = [];
    for await (const upload of this.objects.multiparts()) {
      if (upload.begunAt.getTime() > mode.now - grace) continue;
      waiting.push(upload);
      if (waiting.length < batch) continue;
      count += await this.abort(waiting, mode);
      waiting = [];
    }
    count += await this.abort(waiting, mode);
    return count > 0 ? [{ kind: 'multipart', count, bytes: 0 }] : [];
  }

  private async abort(uploads: readonly OpenMultipart[], { dryRun }: ReapMode): Promise<number> {
    const owned = uploads.flatMap((upload) => {
      const owner = parseQuarantineKey(upload.key);
      return owner ? [{ upload, owner }] : [];
    });
    const wanted = await this.states.wanted(owned.map(({ owner }) => owner));
    const stale = owned.filter(({ owner }) => !wanted(owner).uploaded);
    if (dryRun || stale.length === 0) return stale.length;
    for (const { upload } of stale) await this.objects.abort(upload);
    this.logger.info({ event: 'multiparts_aborted', count: stale.length }, 'Multipart uploads that nobody awaits are aborted.');
    return stale.length;
  }
}

import { LOGGER } from '@atrium/platform/context';
import type { Logger } from '@atrium/platform/logging';
import { Inject, Injectable } from '@nestjs/common';
import { type ObjectOwner, parseDerivativeKey, parseQuarantineKey, parseReadyKey } from '../storage/object-key.js';
import { type BucketName, bucketNames, type StoredObject, StoredObjects } from '../storage/stored-objects.js';
import { AssetStates } from './asset-states.js';
import { grace, isUnusual, type Reaped, type ReapKind, type ReapMode, summed } from './reap-mode.js';
import { SweepPositions } from './sweep-positions.js';
import { UnusualError } from './unusual.error.js';

/** Pages of 1,000 objects that one pass looks at in each bucket. */
const pagesAPass = 20;

interface Found {
  readonly kind: ReapKind;
  readonly object: StoredObject;
}

/** Removes objects that no row wants, once they are older than a day: what a crash or an erasure halfway has left. */
@Injectable()
export class UnknownObjects {
  constructor(
    private readonly objects: StoredObjects,
    private readonly states: AssetStates,
    private readonly positions: SweepPositions,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async sweep(mode: ReapMode): Promise<Reaped[]> {
    const reaped: Reaped[] = [];
    for (const bucket of bucketNames) reaped.push(...(await this.sweepBucket(bucket, mode)));
    return summed(reaped);
  }

  /** @throws UnusualError when there are too many, of which none is removed then */
  private async sweepBucket(bucket: BucketName, mode: ReapMode): Promise<Reaped[]> {
    const name = `objects:${bucket}`;
    const reaped: Reaped[] = [];
    let [unknown, looked] = [0, 0];
    let after = await this.positions.read(name, mode);
    for (let pages = 0; mode.whole || pages < pagesAPass; pages += 1) {
      const { objects, next } = await this.objects.page(bucket, { after });
      const found = await this.unwanted(bucket, objects, mode);
      const doomed = found.filter(({ kind }) => kind === 'unknown_object').map(({ object }) => object);
      unknown += doomed.length;
      looked += objects.length;
      if (isUnusual(unknown, looked, mode)) throw new UnusualError('unknown_object', `${unknown} objects without rows in the ${bucket} bucket`);
      if (doomed.length > 0 && !mode.dryRun) await this.remove(bucket, doomed);
      reaped.push(...found.map(({ kind, object }) => ({ kind, count: 1, bytes: object.size })));
      await this.positions.move(name, next, mode);
      if (next === undefined) break;
      after = next;
    }
    return summed(reaped);
  }

  private async unwanted(bucket: BucketName, objects: readonly StoredObject[], { now }: ReapMode): Promise<Found[]> {
    const owned = objects.map((object) => ({ object, owner: ownerOf(bucket, object.key) }));
    const wanted = await this.states.wanted(owned.flatMap(({ owner }) => owner ?? []));
    return owned.flatMap(({ object, owner }): Found[] => {
      if (!owner) return [{ kind: 'foreign_object', object }];
      const isWanted = wanted(owner)[bucket === 'quarantine' ? 'uploaded' : 'verified'];
      return isWanted || object.writtenAt.getTime() > now - grace ? [] : [{ kind: 'unknown_object', object }];
    });
  }

  private async remove(bucket: BucketName, objects: readonly StoredObject[]): Promise<void> {
    await this.objects.remove(bucket, objects.map(({ key }) => key));
    const bytes = objects.reduce((sum, { size }) => sum + size, 0);
    const [first, last] = [objects[0]?.key, objects.at(-1)?.key];
    this.logger.info({ event: 'unknown_objects_removed', bucket, count: objects.length, bytes, first, last }, 'Objects without rows are removed.');
  }
}

const ownerOf = (bucket: BucketName, key: string): ObjectOwner | undefined =>
  bucket === 'quarantine' ? parseQuarantineKey(key) : (parseReadyKey(key) ?? parseDerivativeKey(key));

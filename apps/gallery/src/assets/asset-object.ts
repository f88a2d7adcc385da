import type { DerivativeWidth } from '@atrium/contracts/gallery';
import { notFound } from '@atrium/platform/errors';
import type { DownloadToSign } from '../storage/download-signer.js';
import { derivativeKeyOf } from '../storage/object-key.js';
import type { AssetEntity } from './asset.entity.js';

/**
 * The object that is meant: the file itself, or the copy of it of that width.
 *
 * @throws NOT_FOUND when there is no such copy
 */
export function objectOf(asset: AssetEntity, readyKey: string, derivative: DerivativeWidth | undefined): Omit<DownloadToSign, 'disposition'> {
  const { orgId, siteId, id: assetId, filename, contentType } = asset;
  if (derivative === undefined) return { readyKey, filename, contentType };
  if (!asset.derivatives?.includes(derivative)) throw notFound('derivative');
  return {
    readyKey: derivativeKeyOf({ orgId, siteId, assetId }, derivative),
    filename: `${withoutExtension(filename)}-${derivative}.webp`,
    contentType: 'image/webp',
  };
}

const withoutExtension = (filename: string): string => filename.replace(/(?<=.)\.[^.]*$/, '');

import { uuid } from '@atrium/contract-kit';
import { z } from 'zod';

/** The asset that an object belongs to. Nothing that a person typed is ever part of a key. */
export interface ObjectOwner {
  readonly orgId: string;
  readonly siteId: string;
  readonly assetId: string;
}

const quarantinePrefix = 'quarantine';
const owner = z.tuple([z.literal(quarantinePrefix), uuid, uuid, uuid]);

export const quarantineKeyOf = ({ orgId, siteId, assetId }: ObjectOwner): string =>
  [quarantinePrefix, orgId, siteId, assetId].join('/');

export const readyKeyOf = ({ orgId, siteId, assetId }: ObjectOwner): string => [orgId, siteId, assetId].join('/');

/** The owner that a quarantine key names, or undefined when it is not of that form. */
export function parseQuarantineKey(key: string): ObjectOwner | undefined {
  const parsed = owner.safeParse(key.split('/'));
  if (!parsed.success) return undefined;
  const [, orgId, siteId, assetId] = parsed.data;
  return { orgId, siteId, assetId };
}

/** Keys in S3's notifications are form-encoded: a plus sign stands for a space. Undefined when malformed. */
export function decodeNotificationKey(encoded: string): string | undefined {
  try {
    return decodeURIComponent(encoded.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

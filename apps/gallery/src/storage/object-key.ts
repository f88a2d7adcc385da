import { uuid } from '@atrium/contract-kit';
import { type DerivativeWidth, derivativeWidths } from '@atrium/contracts/gallery';
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

const derivativePrefix = 'derivatives';
const derivative = z.tuple([z.literal(derivativePrefix), uuid, uuid, uuid, z.string().regex(/^[1-9][0-9]{0,4}\.webp$/)]);

/** In the ready bucket, beside the file that it was made of. */
export const derivativeKeyOf = (owner: ObjectOwner, width: DerivativeWidth): string =>
  [derivativePrefix, readyKeyOf(owner), `${width}.webp`].join('/');

/** The same by the key of the file; every width, made or not. */
export const derivativeKeysOf = (readyKey: string): string[] =>
  derivativeWidths.map((width) => [derivativePrefix, readyKey, `${width}.webp`].join('/'));

/** The asset that a copy of the ready bucket was made of, or undefined when the key is not of that form. */
export function parseDerivativeKey(key: string): ObjectOwner | undefined {
  const parsed = derivative.safeParse(key.split('/'));
  if (!parsed.success) return undefined;
  const [, orgId, siteId, assetId] = parsed.data;
  return { orgId, siteId, assetId };
}

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

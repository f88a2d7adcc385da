import type { OutputOf } from '@atrium/contract-kit';
import type { galleryEndpoints } from '@atrium/contracts/gallery';
import { invalidField } from '@atrium/platform/errors';
import type { UploadSigner } from '../storage/upload-signer.js';
import { sizeOfPart } from './part-layout.js';
import type { Multipart } from './upload-access.js';

export interface PartAskedFor {
  readonly part_number: number;
  readonly md5?: string | undefined;
}

/** As many as are signed at once with the beginning; few uploads have more. */
const signedAtOnce = 10;

export const firstParts = (partCount: number): PartAskedFor[] =>
  Array.from({ length: Math.min(partCount, signedAtOnce) }, (_, index) => ({ part_number: index + 1 }));

/**
 * Each part with the one length that it may have, so that together they can't be more than was declared.
 *
 * @throws DomainError VALIDATION_ERROR for a part that the file doesn't have
 */
export async function signPartsOf(
  signer: UploadSigner,
  upload: Multipart,
  asked: readonly PartAskedFor[],
): Promise<OutputOf<typeof galleryEndpoints.signParts>> {
  const wanted = asked.map(({ part_number: number, md5 }) => {
    const size = sizeOfPart(upload, number);
    if (size === undefined) throw invalidField('part_number', `the file has no part ${number}`);
    return { number, size, md5 };
  });
  const signed = await signer.signParts(upload, wanted);
  const [first] = signed;
  if (!first) throw invalidField('parts', 'must name a part');
  const parts = signed.map(({ url, headers }, index) => {
    const { number = 0, size = 0 } = wanted[index] ?? {};
    return { part_number: number, size, url, headers };
  });
  return { parts, expires_at: first.expiresAt.toISOString() };
}

import type { Asset } from '@atrium/contracts/gallery';
import { create } from 'content-disposition';

/** Types that a browser shows without running anything of the file. */
const shownInline: ReadonlySet<Asset['content_type']> = new Set([
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'image/avif',
]);

/**
 * The Content-Disposition of a download (RFC 6266; names beyond ASCII by RFC 8187). `inline` is granted to raster images
 * alone.
 */
export const contentDispositionOf = (
  filename: string,
  contentType: Asset['content_type'],
  wanted: 'attachment' | 'inline',
): string => create(filename, { type: wanted === 'inline' && shownInline.has(contentType) ? 'inline' : 'attachment' });

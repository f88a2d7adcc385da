import { type OpenMultipart, StoredObjects } from '../src/storage/stored-objects.js';
import type { Gallery } from './gallery.js';

/** Multipart uploads that S3 has under way. */
export async function multipartsOf({ worker }: Gallery, prefix?: string): Promise<OpenMultipart[]> {
  const found: OpenMultipart[] = [];
  for await (const upload of worker.get(StoredObjects).multiparts(prefix)) found.push(upload);
  return found;
}

import {
  type AssetMetadata, type AssetOperation, maxMetadataBytes, maxMetadataKeys, maxTags, metadataBytes, tagKey,
} from '@atrium/contracts/gallery';
import type { AssetProperties } from './asset.repository.js';

/** An operation that changes what is known of a file, and doesn't move it. */
export type PropertyOperation = Exclude<AssetOperation, { readonly op: 'trash' | 'restore' }>;
type Changed = Pick<AssetProperties, 'tags' | 'metadata'>;

/** Tags and metadata after the operations, or why they can't be so. */
export function applied(before: Changed, operations: readonly PropertyOperation[]): Changed | { readonly refusal: string } {
  const after = operations.reduce(afterOne, { tags: before.tags, metadata: before.metadata });
  if (after.tags.length > maxTags) return { refusal: `The file would have more than ${maxTags} tags.` };
  if (Object.keys(after.metadata).length > maxMetadataKeys) return { refusal: `The metadata would have more than ${maxMetadataKeys} keys.` };
  if (metadataBytes(after.metadata) > maxMetadataBytes) return { refusal: `The metadata would be more than ${maxMetadataBytes} bytes.` };
  return after;
}

function afterOne({ tags, metadata }: Changed, operation: PropertyOperation): Changed {
  switch (operation.op) {
    case 'add_tags': {
      const present = new Set(tags.map(tagKey));
      return { tags: [...tags, ...operation.tags.filter((tag) => !present.has(tagKey(tag)))], metadata };
    }
    case 'remove_tags': {
      const removed = new Set(operation.tags.map(tagKey));
      return { tags: tags.filter((tag) => !removed.has(tagKey(tag))), metadata };
    }
    case 'set_metadata':
      return { tags, metadata: { ...metadata, ...operation.metadata } };
    case 'remove_metadata':
      return { tags, metadata: withoutKeys(metadata, operation.keys) };
  }
}

const withoutKeys = (metadata: AssetMetadata, keys: readonly string[]): AssetMetadata =>
  Object.fromEntries(Object.entries(metadata).filter(([key]) => !keys.includes(key)));

/** Names of the properties that differ. */
export const changedFields = (before: AssetProperties, after: AssetProperties): (keyof AssetProperties)[] =>
  (['filename', 'tags', 'metadata'] as const).filter((field) => canonical(before[field]) !== canonical(after[field]));

/** Keys of an object have no order. */
const canonical = (value: AssetProperties[keyof AssetProperties]): string =>
  JSON.stringify(typeof value === 'object' && !Array.isArray(value) ? Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)) : value);

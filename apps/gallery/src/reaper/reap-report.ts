import type { Reaped, ReapKind } from './reap-mode.js';

const meaning: Readonly<Record<ReapKind, string>> = {
  expired_upload: 'uploads that never came',
  trash: 'files in the trash whose time is over',
  person: 'files of erased people',
  site: 'files of deleted sites',
  organization: 'files of deleted organizations',
  multipart: 'multipart uploads that nobody awaits',
  unknown_object: 'objects without rows, a day old',
  lost_object: 'ready files whose objects are gone',
  usage_drift: 'counters of storage that are wrong',
  foreign_object: 'objects that are not ours by their key: left as they are',
};

/** A line for each kind there is: kind, count, bytes and what it means, by tabs. */
export function reportOf(reaped: readonly Reaped[], dryRun: boolean): string {
  const lines = reaped.filter(({ count }) => count > 0).map(({ kind, count, bytes }) => [kind, count, bytes, meaning[kind]].join('\t'));
  const heading = ['kind', 'count', 'bytes', dryRun ? 'would be removed (or mended)' : 'removed (or mended)'].join('\t');
  return lines.length > 0 ? [heading, ...lines].join('\n') : 'There is nothing to reap.';
}

import {
  batchEntryIdsNotDistinct,
  emptyBatchRequest,
  invalidBatchEntryId,
  SqsError,
  tooManyEntries,
} from '../sqs-errors.js';

const MAX_ENTRIES = 10;
const ENTRY_ID = /^[A-Za-z0-9_-]{1,80}$/;

export interface FailedEntry {
  Id: string;
  SenderFault: boolean;
  Code: string;
  Message: string;
}

export interface BatchResult<T> {
  Successful: T[];
  Failed: FailedEntry[];
}

/** Throws what refuses a whole batch: none or too many entries, a malformed or repeated id. */
export function assertBatch(entries: readonly { Id: string }[]): void {
  if (entries.length === 0) throw emptyBatchRequest();
  if (entries.length > MAX_ENTRIES) throw tooManyEntries(entries.length);
  const seen = new Set<string>();
  for (const { Id } of entries) {
    if (!ENTRY_ID.test(Id)) throw invalidBatchEntryId();
    if (seen.has(Id)) throw batchEntryIdsNotDistinct(Id);
    seen.add(Id);
  }
}

/** Runs `handle` for each entry; an SqsError fails that entry alone. */
export async function forEachEntry<E extends { Id: string }, T>(
  entries: readonly E[],
  handle: (entry: E) => T | Promise<T>,
): Promise<BatchResult<T>> {
  const result: BatchResult<T> = { Successful: [], Failed: [] };
  for (const entry of entries) {
    try {
      result.Successful.push(await handle(entry));
    } catch (error) {
      if (!(error instanceof SqsError)) throw error;
      result.Failed.push({ Id: entry.Id, SenderFault: error.fault === 'Sender', Code: error.queryCode, Message: error.message });
    }
  }
  return result;
}

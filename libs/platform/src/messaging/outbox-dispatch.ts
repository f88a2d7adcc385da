import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { maxMessageBytes } from './message-body.js';
import type { OutboxRow } from './outbox-store.js';
import type { QueueUrlOf } from './queue-names.js';

/** SQS takes ten entries a batch. */
const maxEntries = 10;

interface Entry {
  readonly row: OutboxRow;
  readonly queue: string;
  readonly bytes: number;
}

export interface Refusal {
  readonly queue: string;
  readonly reason: string;
  /** Sending the same bytes again would be refused again. */
  readonly final: boolean;
}

/** What became of each row; a row that isn't named was acknowledged by all its destinations. */
export type Refusals = ReadonlyMap<string, readonly Refusal[]>;

/** Per queue, in the given order, as few batches as SQS's limits on entries and bytes allow. */
export function packBatches(rows: readonly OutboxRow[]): Entry[][] {
  const open = new Map<string, Entry[]>();
  const batches: Entry[][] = [];
  for (const row of rows) {
    const bytes = Buffer.byteLength(row.payload);
    for (const queue of row.destinations) {
      let batch = open.get(queue);
      const full = !batch || batch.length >= maxEntries || totalBytes(batch) + bytes > maxMessageBytes;
      if (!batch || full) {
        batch = [];
        open.set(queue, batch);
        batches.push(batch);
      }
      batch.push({ row, queue, bytes });
    }
  }
  return batches;
}

const totalBytes = (batch: readonly Entry[]): number => batch.reduce((sum, entry) => sum + entry.bytes, 0);

/** Sends every row to every destination and tells what was refused, never rejecting. */
export async function dispatch(sqs: SQSClient, queueUrl: QueueUrlOf, rows: readonly OutboxRow[]): Promise<Refusals> {
  const refusals = new Map<string, Refusal[]>();
  const refuse = (entry: Entry, reason: string, final: boolean) => {
    const known = refusals.get(entry.row.id) ?? [];
    refusals.set(entry.row.id, [...known, { queue: entry.queue, reason, final }]);
  };
  await Promise.all(
    packBatches(rows).map(async (batch) => {
      const [first] = batch;
      if (!first) return;
      if (first.bytes > maxMessageBytes) return refuse(first, `${first.bytes} bytes are more than SQS takes (${maxMessageBytes})`, true);
      try {
        await sendBatch(sqs, queueUrl(first.queue), batch, refuse);
      } catch (error) {
        for (const entry of batch) refuse(entry, error instanceof Error ? `${error.name}: ${error.message}` : String(error), false);
      }
    }),
  );
  return refusals;
}

async function sendBatch(
  sqs: SQSClient,
  url: string,
  batch: readonly Entry[],
  refuse: (entry: Entry, reason: string, final: boolean) => void,
): Promise<void> {
  const Entries = batch.map((entry, index) => ({ Id: String(index), MessageBody: entry.row.payload }));
  const answer = await sqs.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }));
  const acknowledged = new Set(answer.Successful?.map((entry) => entry.Id));
  const failures = new Map(answer.Failed?.map((failure) => [failure.Id, failure]));
  batch.forEach((entry, index) => {
    if (acknowledged.has(String(index))) return;
    const failure = failures.get(String(index));
    refuse(entry, `${failure?.Code ?? 'not acknowledged'}: ${failure?.Message ?? ''}`, failure?.SenderFault ?? false);
  });
}

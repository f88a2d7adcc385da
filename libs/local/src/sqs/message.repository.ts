import type { Pool } from 'pg';
import type { MessageAttributes } from './message-attributes.js';
import type { Receipt } from './receipt-handle.js';

export interface NewMessage {
  id: string;
  body: string;
  bodyMd5: string;
  attributes: MessageAttributes | undefined;
  systemAttributes: MessageAttributes | undefined;
  delaySeconds: number;
}

export interface ReceivedMessage {
  queueId: number;
  seq: string;
  id: string;
  body: string;
  bodyMd5: string;
  attributes: MessageAttributes | null;
  systemAttributes: MessageAttributes | null;
  sourceQueueArn: string | null;
  sentAt: Date;
  firstReceivedAt: Date;
  receiveCount: number;
  receipt: string;
}

export interface ReceiveRequest {
  queueId: number;
  limit: number;
  visibilityTimeoutSeconds: number;
  deadLetter: { queueId: number; sourceArn: string; maxReceiveCount: number } | undefined;
}

export interface MessageCounts {
  visible: number;
  inFlight: number;
  delayed: number;
}

// One UPDATE both receives and dead-letters: a row past maxReceiveCount ($5) moves to the dead-letter queue ($4) instead.
// The row keeps its id and sent_at there, because retention counts from the original enqueue time.
const RECEIVE = `
UPDATE local_sqs.messages SET
  queue_id = CASE WHEN receive_count >= $5::int THEN $4::int ELSE queue_id END,
  source_queue_arn = CASE WHEN receive_count >= $5::int THEN $6 ELSE source_queue_arn END,
  visible_at = CASE WHEN receive_count >= $5::int THEN now() ELSE now() + make_interval(secs => $3) END,
  receipt = CASE WHEN receive_count >= $5::int THEN NULL ELSE gen_random_uuid() END,
  first_received_at = CASE WHEN receive_count >= $5::int THEN NULL ELSE coalesce(first_received_at, now()) END,
  receive_count = CASE WHEN receive_count >= $5::int THEN 0 ELSE receive_count + 1 END
WHERE seq = ANY (ARRAY(
  SELECT seq FROM local_sqs.messages WHERE queue_id = $1 AND visible_at <= now()
  ORDER BY visible_at LIMIT $2 FOR UPDATE SKIP LOCKED))
RETURNING queue_id AS "queueId", seq, id, body, body_md5 AS "bodyMd5", attributes, system_attributes AS "systemAttributes",
  source_queue_arn AS "sourceQueueArn", sent_at AS "sentAt", first_received_at AS "firstReceivedAt",
  receive_count AS "receiveCount", receipt`;

export class MessageRepository {
  /** Commits of `receiving` need not be on disk when they return. */
  constructor(
    private readonly pool: Pool,
    private readonly receiving: Pool,
  ) {}

  /** One INSERT, so a batch is stored whole or not at all; resolves when PostgreSQL has flushed the commit. */
  async insert(queueId: number, messages: readonly NewMessage[]): Promise<void> {
    const rows = messages.map((_, row) => {
      const [id, body, md5, attributes, system, delay] = [2, 3, 4, 5, 6, 7].map((column) => `$${row * 6 + column}`);
      return `($1::int, ${id}::uuid, ${body}, ${md5}, ${attributes}::json, ${system}::json, now() + make_interval(secs => ${delay}))`;
    });
    await this.pool.query({
      name: `send_${messages.length}`,
      text: `INSERT INTO local_sqs.messages (queue_id, id, body, body_md5, attributes, system_attributes, visible_at)
             VALUES ${rows.join(', ')}`,
      values: [queueId, ...messages.flatMap((m) => [m.id, m.body, m.bodyMd5, m.attributes, m.systemAttributes, m.delaySeconds])],
    });
  }

  /**
   * Messages whose `queueId` is not the one asked for were moved to the dead-letter queue and must not be handed out. None
   * once `signal` has aborted, which can be while the request waits for a connection.
   */
  async receive({ queueId, limit, visibilityTimeoutSeconds, deadLetter }: ReceiveRequest, signal: AbortSignal): Promise<ReceivedMessage[]> {
    const connection = await this.receiving.connect();
    // The query rejects when the connection breaks; without a listener the process would end as well.
    const ignore = (): void => undefined;
    connection.on('error', ignore);
    try {
      if (signal.aborted) return [];
      const { rows } = await connection.query<ReceivedMessage>({
        name: 'receive',
        text: RECEIVE,
        values: [
          queueId,
          limit,
          visibilityTimeoutSeconds,
          deadLetter?.queueId ?? null,
          deadLetter?.maxReceiveCount ?? null,
          deadLetter?.sourceArn ?? null,
        ],
      });
      return rows;
    } finally {
      connection.off('error', ignore);
      connection.release();
    }
  }

  /** Milliseconds until the next hidden message of the queue becomes visible, or undefined when there is none. */
  async millisecondsToNextVisible(queueId: number): Promise<number | undefined> {
    const { rows } = await this.pool.query<{ ms: number }>({
      name: 'next_visible',
      text: `SELECT ceil(extract(epoch FROM visible_at - clock_timestamp()) * 1000)::float8 AS ms
             FROM local_sqs.messages WHERE queue_id = $1 ORDER BY visible_at LIMIT 1`,
      values: [queueId],
    });
    return rows[0]?.ms;
  }

  /** A message received again since has another receipt and stays. */
  async delete(queueId: number, receipts: readonly Receipt[]): Promise<void> {
    await this.pool.query({
      name: 'delete',
      text: 'DELETE FROM local_sqs.messages WHERE seq = ANY ($2::bigint[]) AND queue_id = $1 AND receipt = ANY ($3::uuid[])',
      values: [queueId, receipts.map(({ seq }) => seq), receipts.map(({ receipt }) => receipt)],
    });
  }

  /** `visible` when the timeout has passed already, `unknown` when it was deleted or received again since. */
  async changeVisibility(queueId: number, { seq, receipt }: Receipt, seconds: number): Promise<'changed' | 'visible' | 'unknown'> {
    const { rows } = await this.pool.query<{ changed: boolean }>({
      name: 'change_visibility',
      text: `WITH found AS (
               SELECT seq, visible_at > now() AS in_flight FROM local_sqs.messages
               WHERE seq = $2 AND queue_id = $1 AND receipt = $3 FOR UPDATE),
             changed AS (
               UPDATE local_sqs.messages SET visible_at = now() + make_interval(secs => $4)
               WHERE seq = (SELECT seq FROM found WHERE in_flight) RETURNING seq)
             SELECT EXISTS (SELECT FROM changed) AS changed FROM found`,
      values: [queueId, seq, receipt, seconds],
    });
    if (rows[0] === undefined) return 'unknown';
    return rows[0].changed ? 'changed' : 'visible';
  }

  async count(queueId: number): Promise<MessageCounts> {
    const { rows } = await this.pool.query<MessageCounts>({
      name: 'count',
      text: `SELECT count(*) FILTER (WHERE visible_at <= now())::int AS visible,
               count(*) FILTER (WHERE visible_at > now() AND receive_count > 0)::int AS "inFlight",
               count(*) FILTER (WHERE visible_at > now() AND receive_count = 0)::int AS delayed
             FROM local_sqs.messages WHERE queue_id = $1`,
      values: [queueId],
    });
    return rows[0] ?? { visible: 0, inFlight: 0, delayed: 0 };
  }

  async purge(queueId: number): Promise<void> {
    await this.pool.query('DELETE FROM local_sqs.messages WHERE queue_id = $1', [queueId]);
  }

  /** Deletes what its queue has kept longer than MessageRetentionPeriod. */
  async deleteExpired(): Promise<void> {
    await this.pool.query(
      `DELETE FROM local_sqs.messages m USING local_sqs.queues q
       WHERE q.id = m.queue_id AND m.sent_at < now() - make_interval(secs => (q.attributes ->> 'MessageRetentionPeriod')::int)`,
    );
  }
}

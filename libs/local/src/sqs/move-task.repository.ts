import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import type { Queue } from './queue.js';

export interface MoveTask {
  id: string;
  sourceArn: string;
  destinationArn: string | null;
  maxPerSecond: number | null;
  moved: number;
  startedAt: Date;
}

/** Where a dead-lettered message goes back to, by the ARN of the queue it came from. */
export type Destinations = ReadonlyMap<string, number>;

export class MoveTaskRepository {
  constructor(private readonly pool: Pool) {}

  /**
   * Moves every visible message of `source` at once. A redriven message is a new one: new id, enqueue time and receive
   * count ("dead-letter queue redrive" in the SQS Developer Guide).
   */
  async moveToOrigin(source: Queue, origins: Destinations): Promise<number> {
    const result = await this.pool.query(
      `UPDATE local_sqs.messages m SET queue_id = origin.id, id = gen_random_uuid(), source_queue_arn = NULL, sent_at = now(),
         visible_at = now(), receive_count = 0, receipt = NULL, first_received_at = NULL
       FROM unnest($2::text[], $3::int[]) AS origin (arn, id)
       WHERE m.queue_id = $1 AND m.visible_at <= now() AND m.source_queue_arn = origin.arn`,
      [source.id, [...origins.keys()], [...origins.values()]],
    );
    return result.rowCount ?? 0;
  }

  async moveTo(source: Queue, destination: Queue): Promise<number> {
    const result = await this.pool.query(
      `UPDATE local_sqs.messages SET queue_id = $2, id = gen_random_uuid(), source_queue_arn = NULL, sent_at = now(),
         visible_at = now(), receive_count = 0, receipt = NULL, first_received_at = NULL
       WHERE queue_id = $1 AND visible_at <= now()`,
      [source.id, destination.id],
    );
    return result.rowCount ?? 0;
  }

  async record(task: Omit<MoveTask, 'id' | 'startedAt'>): Promise<string> {
    const id = randomUUID();
    await this.pool.query(
      'INSERT INTO local_sqs.move_tasks (id, source_arn, destination_arn, max_per_second, moved) VALUES ($1, $2, $3, $4, $5)',
      [id, task.sourceArn, task.destinationArn, task.maxPerSecond, task.moved],
    );
    return id;
  }

  /** Newest first. */
  async list(sourceArn: string, limit: number): Promise<MoveTask[]> {
    const { rows } = await this.pool.query<MoveTask>(
      `SELECT id, source_arn AS "sourceArn", destination_arn AS "destinationArn", max_per_second AS "maxPerSecond", moved,
         started_at AS "startedAt" FROM local_sqs.move_tasks WHERE source_arn = $1 ORDER BY started_at DESC LIMIT $2`,
      [sourceArn, limit],
    );
    return rows;
  }
}

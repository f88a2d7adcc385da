import type { Pool } from 'pg';
import type { Queue } from './queue.js';
import type { QueueAttributes } from './queue-attributes.js';

const COLUMNS = `id, name, attributes, created_at AS "createdAt", modified_at AS "modifiedAt"`;

/**
 * Queues change seldom and are needed on every call, so they are held in memory; this server is the schema's only writer.
 */
export class QueueRepository {
  private readonly byName = new Map<string, Queue>();

  constructor(private readonly pool: Pool) {}

  async load(): Promise<void> {
    const { rows } = await this.pool.query<Queue>(`SELECT ${COLUMNS} FROM local_sqs.queues`);
    for (const queue of rows) this.byName.set(queue.name, queue);
  }

  find(name: string): Queue | undefined {
    return this.byName.get(name);
  }

  /** In order of name. */
  list(): Queue[] {
    return [...this.byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Undefined when a queue of that name was created at the same time. */
  async create(name: string, attributes: QueueAttributes): Promise<Queue | undefined> {
    const { rows } = await this.pool.query<Queue>(
      `INSERT INTO local_sqs.queues (name, attributes) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING RETURNING ${COLUMNS}`,
      [name, attributes],
    );
    const [queue] = rows;
    if (queue !== undefined) this.byName.set(name, queue);
    return queue;
  }

  async setAttributes(queue: Queue, attributes: QueueAttributes): Promise<void> {
    const { rows } = await this.pool.query<Queue>(
      `UPDATE local_sqs.queues SET attributes = $2, modified_at = now() WHERE id = $1 RETURNING ${COLUMNS}`,
      [queue.id, attributes],
    );
    if (rows[0] !== undefined) this.byName.set(queue.name, rows[0]);
  }

  /** Deletes the queue's messages as well. */
  async delete(queue: Queue): Promise<void> {
    this.byName.delete(queue.name);
    await this.pool.query('DELETE FROM local_sqs.queues WHERE id = $1', [queue.id]);
  }
}

import { Database, rowsOf } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';
import type { ReapMode } from './reap-mode.js';

/** Where passes over buckets and tables go on; one of an operator begins at the beginning and leaves no trace. */
@Injectable()
export class SweepPositions {
  constructor(private readonly database: Database) {}

  async read(name: string, { whole }: ReapMode): Promise<string | undefined> {
    if (whole) return undefined;
    const [row] = await this.database.withoutTenant((tx) => rowsOf<{ position: string }>(tx, 'select position from gallery.sweeps where name = $1', [name]));
    return row?.position;
  }

  /** Undefined: the pass has come to the end, and begins anew. */
  async move(name: string, position: string | undefined, { whole }: ReapMode): Promise<void> {
    if (whole) return;
    const set = `insert into gallery.sweeps (name, position) values ($1, $2) on conflict (name) do update set position = excluded.position, moved_at = now()`;
    await this.database.withoutTenant((tx) =>
      position === undefined ? rowsOf(tx, 'delete from gallery.sweeps where name = $1', [name]) : rowsOf(tx, set, [name, position]),
    );
  }
}

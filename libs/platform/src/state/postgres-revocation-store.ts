import type { Pool } from 'pg';
import { overlapMs, type Revocation, type RevocationChanges, type RevocationStore } from './revocation-store.js';

interface RevocationRow {
  readonly subject: string;
  readonly min_version: number | null;
  readonly until: number;
  readonly changed_ms: number;
}

export class PostgresRevocationStore implements RevocationStore {
  constructor(private readonly pool: Pool) {}

  async add({ subject, minVersion, until }: Revocation): Promise<void> {
    await this.pool.query(
      `insert into state.revocations as held (subject, min_version, expires_at) values ($1, $2, to_timestamp($3))
       on conflict (subject) do update set
         min_version = greatest(held.min_version, excluded.min_version),
         expires_at = greatest(held.expires_at, excluded.expires_at),
         changed_at = clock_timestamp()`,
      [subject, minVersion, until],
    );
  }

  async changedSince(cursor: number): Promise<RevocationChanges> {
    const { rows } = await this.pool.query<RevocationRow>({
      name: 'state-revocations-changed',
      text: `select subject, min_version, extract(epoch from expires_at)::float8 as until,
               (extract(epoch from changed_at) * 1000)::float8 as changed_ms
             from state.revocations where changed_at > to_timestamp($1::float8 / 1000)`,
      values: [Math.max(0, cursor - overlapMs)],
    });
    return {
      revocations: rows.map(({ subject, min_version, until }) => ({ subject, minVersion: min_version, until })),
      cursor: rows.reduce((latest, row) => Math.max(latest, row.changed_ms), cursor),
    };
  }

  async removeExpired(): Promise<void> {
    await this.pool.query(`delete from state.revocations where expires_at < now() - interval '5 minutes'`);
  }
}

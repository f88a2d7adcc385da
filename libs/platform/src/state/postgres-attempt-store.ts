import type { Pool } from 'pg';
import { type AttemptDecision, type AttemptRule, mostDoublings } from './attempt-rule.js';
import type { AttemptStore } from './attempt-store.js';

interface TakenRow {
  readonly allowed: boolean;
  readonly pause_ms: number;
}

export class PostgresAttemptStore implements AttemptStore {
  constructor(private readonly pool: Pool) {}

  async take(key: string, rule: AttemptRule): Promise<AttemptDecision> {
    const { rows } = await this.pool.query<TakenRow>({
      name: 'state-attempts-take',
      text: `
        insert into state.attempts as held (key, count, allowed, seen_at, paused_until, expires_at)
        select $1, 1, true, now, now + pause, now + coalesce(pause, '0') + make_interval(secs => $5)
        from (select clock_timestamp() as now,
            case when $2::int = 1 then make_interval(secs => least($3::float8, $4)) end as pause) first
        on conflict (key) do update set (count, allowed, seen_at, paused_until, expires_at) = (
          select case when is_paused then held.count else counted end, not is_paused, excluded.seen_at,
            case when is_paused then held.paused_until else excluded.seen_at + pause end,
            case when is_paused then held.expires_at
              else excluded.seen_at + coalesce(pause, '0') + make_interval(secs => $5) end
          from (select coalesce(held.paused_until > excluded.seen_at, false) as is_paused,
              case when held.expires_at > excluded.seen_at then held.count + 1 else 1 end as counted) attempt
            cross join lateral (select case when counted % $2 = 0
              then make_interval(secs => least($3 * 2 ^ least(counted / $2 - 1, ${mostDoublings}), $4)) end as pause) due)
        returning allowed, greatest(0, coalesce(extract(epoch from paused_until - seen_at) * 1000, 0))::float8 as pause_ms`,
      values: [key, rule.attempts, rule.firstPauseSeconds, rule.longestPauseSeconds, rule.memorySeconds],
    });
    const [row] = rows;
    if (!row) throw new Error('An attempt left no row.');
    return { allowed: row.allowed, pauseMs: row.pause_ms };
  }

  async giveBack(key: string): Promise<void> {
    await this.pool.query({
      name: 'state-attempts-give-back',
      text: `update state.attempts set count = greatest(0, count - 1), paused_until = null where key = $1`,
      values: [key],
    });
  }

  async forget(key: string): Promise<void> {
    await this.pool.query({ name: 'state-attempts-forget', text: 'delete from state.attempts where key = $1', values: [key] });
  }
}

// The baseline of a refresh: one transaction that reads, changes and inserts a row, behind nothing.
import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';

const require = createRequire(new URL('../../libs/platform/package.json', import.meta.url));
const { Pool } = require('pg');

const pool = new Pool({ connectionString: process.env.BASELINE_URL, max: 10 });

/** Rows of their own, of the same make as refresh tokens. */
async function transaction(sessionId) {
  const client = await pool.connect();
  await client.query('begin');
  await client.query('select id, account_id from bench_sessions where id = $1 for update', [sessionId]);
  await client.query('update bench_tokens set rotated_at = clock_timestamp() where session_id = $1 and rotated_at is null', [sessionId]);
  await client.query('insert into bench_tokens (hash, session_id) values ($1, $2)', [randomBytes(32), sessionId]);
  await client.query('commit');
  client.release();
}

process.on('message', async ({ seconds, connections, sessions }) => {
  const until = performance.now() + seconds * 1000;
  const begun = performance.now();
  const cpuBegun = process.cpuUsage();
  let count = 0;
  const work = async (_, index) => {
    for (let turn = index; performance.now() < until; turn += connections) {
      await transaction(sessions[turn % sessions.length]);
      count += 1;
    }
  };
  await Promise.all(Array.from({ length: connections }, work));
  const { user, system } = process.cpuUsage(cpuBegun);
  process.send({ count, perSecond: (count * 1000) / (performance.now() - begun), cpuMilliseconds: (user + system) / 1000 / count });
});
process.send({ ready: true });
process.once('disconnect', () => process.exit(0));

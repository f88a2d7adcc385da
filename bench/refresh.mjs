// Trading refresh tokens through the service, against one PostgreSQL transaction of three statements on the same server.
import { randomUUID } from 'node:crypto';
import { load } from './lib/load.mjs';
import { startWorker } from './lib/processes.mjs';
import { interleave, report } from './lib/rounds.mjs';
import { reportCpu } from './auth/cpu-times.mjs';

const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
const seconds = Number(process.env.BENCH_SECONDS ?? 4);
const connections = Number(process.env.BENCH_CONNECTIONS ?? 16);

// The first sign-ins are not what is measured.
process.env.BENCH_ARGON2 = '19456,2';
const { startAuthStack, post } = await import('./auth/stack.mjs');
const stack = await startAuthStack(100);
const { superuser, url } = stack.database;
await superuser.query(`
  create table bench_sessions (id uuid primary key, account_id uuid not null);
  create table bench_tokens (hash bytea primary key, session_id uuid not null references bench_sessions (id), created_at timestamptz not null default now(), rotated_at timestamptz);
  create unique index bench_tokens_live on bench_tokens (session_id) where rotated_at is null;`);
const sessions = stack.people.map(() => randomUUID());
for (const id of sessions) await superuser.query('insert into bench_sessions values ($1, $2)', [id, randomUUID()]);
const transactions = await startWorker(new URL('./auth/transactions.mjs', import.meta.url), { BASELINE_URL: url });

/** Each person's tokens follow one another: whoever is under way is passed over. */
async function refreshes() {
  const idle = [...stack.people];
  const cpuUsed = stack.startCpuTimer();
  const result = await load({
    port: stack.port, connections, seconds,
    request: (connection) => {
      connection.person = idle.shift();
      return post('/api/v1/auth/refresh', { refresh_token: connection.person.refreshToken });
    },
    answered: (connection, body) => {
      connection.person.refreshToken = JSON.parse(body).refresh_token;
      idle.push(connection.person);
    },
  });
  if (Object.keys(result.statuses).join() !== '200') throw new Error(`Answers other than 200: ${JSON.stringify(result.statuses)}`);
  return { ...result, cpu: cpuUsed(result.statuses['200']) };
}

async function threeStatements() {
  const cpuUsed = stack.startCpuTimer();
  const result = await transactions.ask({ seconds, connections, sessions });
  const { PostgreSQL } = cpuUsed(result.count);
  return { ...result, cpu: { client: result.cpuMilliseconds, PostgreSQL, all: PostgreSQL + result.cpuMilliseconds } };
}

try {
  const contenders = { refresh: refreshes, 'three statements': threeStatements };
  const results = await interleave({ rounds, contenders });
  report(`Refresh, ${connections} connections, ${rounds} rounds of ${seconds} s`, results, 'refresh');
  reportCpu(results, 'refresh');
} finally {
  await transactions.stop();
  await stack.stop();
}
process.exit(0);

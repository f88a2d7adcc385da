import { Pool } from 'pg';
import { type Listening, onLoopback } from '../loopback-only.js';
import { portProblem } from '../ports.js';
import { MessageNotifier } from './message-notifier.js';
import { MessageRepository } from './message.repository.js';
import { MoveTaskRepository } from './move-task.repository.js';
import type { SqsContext } from './operations/index.js';
import { QueueRepository } from './queue.repository.js';
import { createSqsHttp } from './sqs-http.js';
import { createSchema } from './sqs.schema.js';

export interface SqsOptions {
  /** A PostgreSQL URL; the server creates and owns the schema `local_sqs` there, alone. */
  databaseUrl: string;
  /** 0 takes any free port. */
  port: number;
  region?: string;
  accountId?: string;
  /** How often messages past MessageRetentionPeriod are deleted. */
  retentionSweepMs?: number;
  /** Told of failures that callers only see as a 500, and of lost database connections. */
  onError?: (error: Error) => void;
  /** On 127.0.0.1 where unset. */
  listening?: Listening;
}

export interface SqsServer {
  endpoint: string;
  stop(): Promise<void>;
}

// Requests under way may end; then connections that clients merely hold open are cut.
const STOP_GRACE_MS = 1000;

/**
 * Starts SQS (standard queues), its messages kept in PostgreSQL: what SendMessage acknowledged survives
 * the death of this process and of the database. Rejects when the database can't be reached, and with LocalStackError
 * when the port is taken.
 */
export async function startSqs(options: SqsOptions): Promise<SqsServer> {
  const { onError = reportToStderr, listening = onLoopback } = options;
  const pool = openPool(options.databaseUrl, 'on', onError);
  // A receive that a crash undoes leaves its message to be received again, which consumers expect anyway.
  const receiving = openPool(options.databaseUrl, 'off', onError);
  const pools = [pool, receiving];
  const notifier = new MessageNotifier();
  const context: SqsContext = {
    queues: new QueueRepository(pool),
    messages: new MessageRepository(pool, receiving),
    moveTasks: new MoveTaskRepository(pool),
    notifier,
    region: options.region ?? 'us-east-1',
    accountId: options.accountId ?? '000000000000',
    endpoint: '',
  };
  const app = createSqsHttp(context, onError, listening);
  try {
    await createSchema(pool);
    await context.queues.load();
    context.endpoint = await app.listen({ host: listening.host, port: options.port });
  } catch (error) {
    await Promise.all(pools.map((each) => each.end()));
    throw portProblem(error, options.port, 'SQS') ?? error;
  }
  const sweep = setInterval(() => {
    context.messages.deleteExpired().catch(onError);
  }, options.retentionSweepMs ?? 30_000);
  return {
    endpoint: context.endpoint,
    async stop() {
      clearInterval(sweep);
      notifier.close();
      const cut = setTimeout(() => app.server.closeAllConnections(), STOP_GRACE_MS);
      await app.close();
      clearTimeout(cut);
      // A pool reports itself ended before its connections are; what ends them then is no failure.
      await Promise.all(pools.map((each) => each.off('error', onError).on('error', () => undefined).end()));
    },
  };
}

/** `flushed` is whether a commit waits until it is on disk. */
function openPool(databaseUrl: string, flushed: 'on' | 'off', onError: (error: Error) => void): Pool {
  const pool = new Pool({
    connectionString: databaseUrl,
    max: 6,
    application_name: 'local-sqs',
    // A queue empties and fills faster than statistics are gathered: never trust them to choose a scan of the whole table.
    options: `-c synchronous_commit=${flushed} -c enable_seqscan=off -c enable_bitmapscan=off -c jit=off`,
  });
  // An idle connection that breaks (the database restarts) is replaced at the next query.
  pool.on('error', onError);
  return pool;
}

function reportToStderr(error: Error): void {
  process.stderr.write(`local SQS: ${error.message}\n`);
}

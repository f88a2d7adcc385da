import { join } from 'node:path';
import { startClickHouse } from '../clickhouse/index.js';
import { startMailInbox } from '../mail/index.js';
import { startPostgres } from '../postgres/index.js';
import { startSecretsManager } from '../secrets-manager/index.js';
import { startSqs } from '../sqs/index.js';
import type { LocalStackError } from '../local-stack-error.js';
import { clickHouseUsers } from './clickhouse-users.js';
import type { Credentials } from './credentials.js';
import { KeptEngine } from './kept-engine.js';
import { startLocalS3 } from './local-s3.js';
import { region } from './service-environment.js';
import type { LocalSettings } from './settings.js';
import type { NotifyUploads } from './upload-notifier.js';

interface Engine {
  stop(): Promise<void>;
}

export interface Engines {
  readonly postgresUrl: string;
  /** Process ids of the engines that are processes of their own. */
  pids(): Readonly<Record<'postgres' | 'clickhouse', number>>;
  stop(): Promise<void>;
}

export type Report = (line: string) => void;

/** What the engines tell while they start and run. */
export interface EngineEvents {
  readonly notifyUploads: NotifyUploads;
  readonly report: Report;
  /** Something ended or began again unasked. */
  readonly warn: Report;
  /** An engine ended and can't be brought back. */
  readonly lost: (error: LocalStackError) => void;
}

async function timed<T>(report: Report, name: string, start: () => Promise<T>): Promise<T> {
  const begin = performance.now();
  const engine = await start();
  report(`${name} (${((performance.now() - begin) / 1000).toFixed(1)} s)`);
  return engine;
}

const keepPostgres = ({ dataDir, ports }: LocalSettings, { postgres }: Credentials, { warn, lost }: EngineEvents) =>
  KeptEngine.start({
    name: 'PostgreSQL',
    start: () => startPostgres({ dataDir: join(dataDir, 'postgres'), port: ports.postgres, superuserPassword: postgres }),
    report: warn,
    giveUp: lost,
  });

const keepClickHouse = ({ dataDir, ports }: LocalSettings, credentials: Credentials, { warn, lost }: EngineEvents) =>
  KeptEngine.start({
    name: 'ClickHouse',
    start: () => startClickHouse({ dataDir: join(dataDir, 'clickhouse'), port: ports.clickhouse, users: clickHouseUsers(credentials) }),
    report: warn,
    giveUp: lost,
  });

/** Starts PostgreSQL, ClickHouse, SQS, S3, Secrets Manager and the mail inbox. Nothing is left running when one fails. */
export async function startEngines(settings: LocalSettings, credentials: Credentials, events: EngineEvents): Promise<Engines> {
  const { ports, dataDir } = settings;
  const { report, notifyUploads } = events;
  const started: Engine[] = [];
  const keep = async <T extends Engine>(engine: Promise<T>): Promise<T> => {
    const running = await engine;
    started.push(running);
    return running;
  };
  // In the reverse order of their start: SQS ends before the PostgreSQL that holds its messages.
  const stop = async (): Promise<void> => {
    for (const engine of started.reverse()) await engine.stop();
  };
  const postgres = keep(timed(report, `PostgreSQL 18 on port ${ports.postgres}`, () => keepPostgres(settings, credentials, events)));
  const sqs = postgres.then(({ first: { url } }) =>
    keep(timed(report, `SQS on port ${ports.sqs}`, () => startSqs({ databaseUrl: url, port: ports.sqs, region }))),
  );
  const clickHouse = keep(timed(report, `ClickHouse 26 on port ${ports.clickhouse}`, () => keepClickHouse(settings, credentials, events)));
  const others = [
    keep(timed(report, `S3 on port ${ports.s3}`, () => startLocalS3(settings, credentials, notifyUploads))),
    keep(
      timed(report, `Secrets Manager on port ${ports.secrets}`, () =>
        startSecretsManager({ port: ports.secrets, dataDir: join(dataDir, 'secrets') }),
      ),
    ),
    keep(
      timed(report, `Mail inbox on port ${ports.mail}`, () =>
        startMailInbox({ smtpPort: ports.smtp, httpPort: ports.mail, dataDir: join(dataDir, 'mail') }),
      ),
    ),
  ];
  const outcomes = await Promise.allSettled([postgres, sqs, clickHouse, ...others]);
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failure) {
    await stop();
    throw failure.reason;
  }
  const [keptPostgres, keptClickHouse] = await Promise.all([postgres, clickHouse]);
  return {
    postgresUrl: keptPostgres.first.url,
    pids: () => ({ postgres: keptPostgres.current.pid, clickhouse: keptClickHouse.current.pid }),
    stop,
  };
}

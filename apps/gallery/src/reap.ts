import { parseArgs } from 'node:util';
import { auditRecorded } from '@atrium/contracts/domain-events';
import { CommandError, runCommand } from '@atrium/platform/command';
import { createServiceApp, HealthRegistry } from '@atrium/platform/http';
import { createLogger } from '@atrium/platform/logging';
import { SecretsManagerProvider } from '@atrium/platform/secrets';
import { dataModules } from '@atrium/platform/service';
import { createMetrics } from '@atrium/platform/telemetry';
import { type DynamicModule, Module } from '@nestjs/common';
import { AssetEntity } from './assets/asset.entity.js';
import { type GalleryWorkerConfig, galleryWorkerConfig } from './config.js';
import { type Reaped, type ReapMode, summed } from './reaper/reap-mode.js';
import { reportOf } from './reaper/reap-report.js';
import { type ReapOutcome, Reaper } from './reaper/reaper.js';
import { reaperProviders } from './reaper/reaper.providers.js';

const usage = `Usage: reap [--dry-run] [--even-unusual]
  Goes through everything once, as the worker does bit by bit. --dry-run changes nothing and shows what would be removed;
  --even-unusual removes also more than crashes leave: look at a dry run first.`;

/** The reaper without the worker's queue and timers. */
@Module({})
class ReapModule {
  static forRoot(config: GalleryWorkerConfig): DynamicModule {
    const imports = dataModules(config, { service: 'gallery', audit: auditRecorded, entities: [AssetEntity] });
    return { module: ReapModule, imports, providers: reaperProviders(config) };
  }
}

function readMode(words: readonly string[]): ReapMode {
  const flag = { type: 'boolean', default: false } as const;
  const { values } = parseArgs({ args: [...words], options: { 'dry-run': flag, 'even-unusual': flag } });
  return { dryRun: values['dry-run'], evenUnusual: values['even-unusual'], whole: true, now: Date.now() };
}

/** A round takes a bounded number of what is due. */
async function reapAllDue(reaper: Reaper): Promise<ReapOutcome> {
  const reaped: Reaped[] = [];
  for (;;) {
    const round = notBusy(await reaper.reapDue());
    reaped.push(...round.reaped);
    if (round.reaped.length === 0 || round.failures.length > 0) return { reaped: summed(reaped), failures: round.failures };
  }
}

async function reap(reaper: Reaper, mode: ReapMode): Promise<ReapOutcome> {
  const due = mode.dryRun ? { reaped: await reaper.backlog(), failures: [] } : await reapAllDue(reaper);
  const rest = notBusy(await reaper.reconcile(mode));
  return { reaped: [...due.reaped, ...rest.reaped], failures: [...due.failures, ...rest.failures] };
}

function notBusy(outcome: ReapOutcome | undefined): ReapOutcome {
  if (!outcome) throw new CommandError('The worker is at it just now: try again in a minute.');
  return outcome;
}

async function run(mode: ReapMode, config: GalleryWorkerConfig): Promise<string> {
  const secrets = new SecretsManagerProvider({ region: config.AWS_REGION });
  const logger = createLogger({ service: 'gallery-reap', level: config.LOG_LEVEL, destination: { write: (line: string) => void process.stderr.write(line) } });
  const runtime = { logger, secrets, metrics: createMetrics('gallery-reap', { processMetrics: false }), health: new HealthRegistry() };
  // Never started: no queue is read, and what is told leaves by the outbox of the worker that runs.
  const app = await createServiceApp(ReapModule.forRoot(config), runtime, { trustedProxies: [] });
  try {
    const { reaped, failures } = await reap(app.get(Reaper), mode);
    const report = reportOf(reaped, mode.dryRun);
    if (failures.length === 0) return report;
    process.stdout.write(`${report}\n`);
    throw new CommandError(failures.map(({ message }) => message).join('\n'));
  } finally {
    await app.close();
    await secrets.close();
  }
}

/** `node dist/reap.js`, with the worker's environment; exits with 1 when anything could not be done. */
await runCommand({ name: 'reap', usage, failure: 'Nothing could be reaped', config: galleryWorkerConfig, read: readMode, run }, process);

import type { PortName } from './settings.js';

/** One process of the platform. */
export interface ServiceProcess {
  readonly name: PortName;
  readonly service: 'gateway' | 'auth' | 'users' | 'gallery' | 'events' | 'mailer';
  /** Below `apps/<service>/dist`. */
  readonly entry: 'main.js' | 'worker.js';
  /** Every event or request passes through it: worth some memory, and more where many answers are open at a time. */
  readonly onHotPath?: 'answers' | 'stores';
}

const mebibytes = { answers: 32, stores: 8 } as const;

/**
 * Many processes share one machine: V8's young generation stays at 1 MiB a half instead of growing to 16. On the hot
 * paths so small a one would be collected, and its survivors promoted, all the time: what belongs to a request that is
 * waiting survives each collection.
 */
export const youngGeneration = ({ onHotPath }: Pick<ServiceProcess, 'onHotPath'>): string =>
  `--max-semi-space-size=${onHotPath ? mebibytes[onHotPath] : 1}`;

export const serviceProcesses: readonly ServiceProcess[] = [
  { name: 'auth', service: 'auth', entry: 'main.js' },
  { name: 'users', service: 'users', entry: 'main.js' },
  { name: 'events', service: 'events', entry: 'main.js', onHotPath: 'answers' },
  { name: 'gallery', service: 'gallery', entry: 'main.js' },
  { name: 'gateway', service: 'gateway', entry: 'main.js', onHotPath: 'answers' },
  { name: 'events_worker', service: 'events', entry: 'worker.js', onHotPath: 'stores' },
  { name: 'gallery_worker', service: 'gallery', entry: 'worker.js' },
  { name: 'mailer', service: 'mailer', entry: 'main.js' },
];

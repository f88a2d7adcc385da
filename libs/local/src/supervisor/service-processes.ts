import type { PortName } from './settings.js';

/** One process of the platform. */
export interface ServiceProcess {
  readonly name: PortName;
  readonly service: 'gateway' | 'auth' | 'users' | 'gallery' | 'events' | 'mailer';
  /** Below `apps/<service>/dist`. */
  readonly entry: 'main.js' | 'worker.js';
  /** Every event or request passes through it: worth some memory. */
  readonly onHotPath?: true;
}

/**
 * Many processes share one machine: V8's young generation stays at 1 MiB a half instead of growing to 16, and at 8 on
 * the hot paths, where so small a one would be collected, and its survivors promoted, all the time.
 */
export const youngGeneration = ({ onHotPath }: Pick<ServiceProcess, 'onHotPath'>): string =>
  `--max-semi-space-size=${onHotPath ? 8 : 1}`;

export const serviceProcesses: readonly ServiceProcess[] = [
  { name: 'auth', service: 'auth', entry: 'main.js' },
  { name: 'users', service: 'users', entry: 'main.js' },
  { name: 'events', service: 'events', entry: 'main.js', onHotPath: true },
  { name: 'gallery', service: 'gallery', entry: 'main.js' },
  { name: 'gateway', service: 'gateway', entry: 'main.js', onHotPath: true },
  { name: 'events_worker', service: 'events', entry: 'worker.js', onHotPath: true },
  { name: 'gallery_worker', service: 'gallery', entry: 'worker.js' },
  { name: 'mailer', service: 'mailer', entry: 'main.js' },
];

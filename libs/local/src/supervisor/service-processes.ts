import type { PortName } from './settings.js';

/** One process of the platform. */
export interface ServiceProcess {
  readonly name: PortName;
  readonly service: 'gateway' | 'auth' | 'users' | 'gallery' | 'events' | 'mailer';
  /** Below `apps/<service>/dist`. */
  readonly entry: 'main.js' | 'worker.js';
}

export const serviceProcesses: readonly ServiceProcess[] = [
  { name: 'auth', service: 'auth', entry: 'main.js' },
  { name: 'users', service: 'users', entry: 'main.js' },
  { name: 'events', service: 'events', entry: 'main.js' },
  { name: 'gallery', service: 'gallery', entry: 'main.js' },
  { name: 'gateway', service: 'gateway', entry: 'main.js' },
  { name: 'events_worker', service: 'events', entry: 'worker.js' },
  { name: 'gallery_worker', service: 'gallery', entry: 'worker.js' },
  { name: 'mailer', service: 'mailer', entry: 'main.js' },
];

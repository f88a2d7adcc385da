import { deadLetterQueueOf, type QueueDefinition, type ServiceName } from '@atrium/contract-kit';
import { domainEvents } from '@atrium/contracts/domain-events';
import { queues } from '@atrium/contracts/queues';
import type { ProcessName } from './process-names.js';

export interface ProcessDefinition {
  readonly name: ProcessName;
  readonly app: ServiceName;
  /** In the app's dist. */
  readonly entry: 'main.js' | 'worker.js';
  readonly consumes: readonly QueueDefinition[];
  /** Names of queues that it sends to, those of its outbox among them. */
  readonly sends: readonly string[];
  /** Names of queues whose depth it reads besides those that it consumes. */
  readonly watches: readonly string[];
  /** Services that it calls; the first deployment starts those before, where that goes. */
  readonly calls: readonly ServiceName[];
}

/** Where the outbox of a service sends its domain events. */
const outboxOf = (service: ServiceName): string[] => {
  const published = domainEvents.filter(({ publisher }) => publisher === service || publisher === 'any');
  return [
    ...new Set([
      ...published.flatMap(({ subscribers }) => subscribers.map((subscriber) => `${subscriber}-inbox`)),
      ...published.flatMap(({ streams = [] }) => streams.map(({ name }) => name)),
    ]),
  ].sort();
};

const packs = [queues.eventsIngest, queues.eventsBulk];
const withDeadLetters = (definitions: readonly QueueDefinition[]) =>
  definitions.flatMap(({ name }) => [name, deadLetterQueueOf(name)]);

/** What each process does with queues and with other services. */
export const processDefinitions: readonly ProcessDefinition[] = [
  {
    name: 'auth',
    app: 'auth',
    entry: 'main.js',
    consumes: [queues.authInbox],
    sends: outboxOf('auth'),
    watches: [],
    calls: ['users'],
  },
  {
    name: 'gallery',
    app: 'gallery',
    entry: 'main.js',
    consumes: [queues.galleryInbox],
    sends: [...outboxOf('gallery'), queues.galleryUploads.name],
    watches: [],
    calls: ['auth', 'users'],
  },
  {
    name: 'events',
    app: 'events',
    entry: 'main.js',
    consumes: [queues.eventsInbox],
    sends: [...outboxOf('events'), ...packs.map(({ name }) => name)],
    watches: withDeadLetters(packs),
    calls: ['auth', 'users'],
  },
  {
    name: 'users',
    app: 'users',
    entry: 'main.js',
    consumes: [queues.usersInbox, queues.usersAudit],
    sends: outboxOf('users'),
    watches: [],
    calls: ['auth', 'gallery', 'events'],
  },
  {
    name: 'gallery-worker',
    app: 'gallery',
    entry: 'worker.js',
    consumes: [queues.galleryUploads],
    sends: [...outboxOf('gallery'), queues.galleryUploads.name],
    watches: [],
    calls: [],
  },
  {
    name: 'events-worker',
    app: 'events',
    entry: 'worker.js',
    consumes: [...packs, queues.eventsAudit, queues.eventsDomain],
    sends: [],
    watches: [],
    calls: [],
  },
  { name: 'mailer', app: 'mailer', entry: 'main.js', consumes: [queues.mailerInbox], sends: outboxOf('mailer'), watches: [], calls: [] },
  {
    name: 'gateway',
    app: 'gateway',
    entry: 'main.js',
    consumes: [],
    sends: [],
    watches: [],
    calls: ['auth', 'users', 'gallery', 'events'],
  },
];

import type { QueueDefinition } from '@atrium/contract-kit';
import { queues } from '@atrium/contracts/queues';
import { createSqsClient } from '@atrium/platform/aws';
import { METRICS } from '@atrium/platform/context';
import type { Metrics } from '@atrium/platform/telemetry';
import type { EventsConfig } from '../config.js';
import { PackLanes } from './pack-lanes.js';
import type { PackMessage } from './pack-message.js';
import { PackSender } from './pack-sender.js';
import { QUARANTINE_LANES } from './quarantine-lanes.js';

/** Where packs of organizations that send a great deal go: dependency-injection token. */
export const BULK_SENDER = Symbol('BulkSender');

/** With an SQS client of its own: the outbox's is closed before the last requests have been answered. */
const packSender = ({ AWS_REGION, QUEUE_URL_BASE }: EventsConfig, provide: symbol | typeof PackSender, { name }: QueueDefinition) => ({
  provide,
  inject: [METRICS],
  useFactory: async (metrics: Metrics) => {
    const detours = metrics.counter({ name: 'events_packs_sent_by_sdk_total', help: 'Packs whose first, cheap attempt the queue did not take.' });
    const sqs = await createSqsClient({ region: AWS_REGION });
    return new PackSender({ sqs, queueUrl: `${QUEUE_URL_BASE}${name}`, onDetour: () => detours.inc() });
  },
});

const packLanes = (config: EventsConfig, provide: symbol | typeof PackLanes = PackLanes, target: Pick<PackMessage, 'target'> = {}) => ({
  provide,
  inject: [PackSender, BULK_SENDER],
  useFactory: (shared: PackSender, bulk: PackSender) =>
    new PackLanes({
      sendShared: (pack) => shared.send({ ...target, ...pack }),
      sendBulk: (pack, orgId) => bulk.send({ ...target, ...pack }, orgId),
      lingerMs: config.EVENTS_PACK_LINGER_MS,
      maxWaiting: config.EVENTS_MAX_WAITING_BYTES,
      bulkPerSecond: config.EVENTS_BULK_BYTES_PER_SECOND,
    }),
});

/** The way of lines to the queues. */
export const packProviders = (config: EventsConfig) => [
  packSender(config, PackSender, queues.eventsIngest),
  packSender(config, BULK_SENDER, queues.eventsBulk),
  packLanes(config),
  packLanes(config, QUARANTINE_LANES, { target: 'quarantine' }),
];

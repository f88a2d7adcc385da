import type { ServiceName } from '@atrium/contract-kit';

/** The queue in which a service hears the domain events that it subscribes to. */
export const inboxQueueOf = (service: ServiceName): string => `${service}-inbox`;

/** Resolves a queue's name to its URL; the environment's prefix is added there. */
export type QueueUrlOf = (queue: string) => string;

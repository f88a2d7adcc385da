/** A work queue and what its consumer needs of it; each has a dead-letter queue named `<name>-dlq`. */
export interface QueueDefinition {
  /** Without the environment's prefix. */
  readonly name: string;
  readonly visibilityTimeoutSeconds: number;
  /** Deliveries before a message moves to the dead-letter queue. */
  readonly maxReceiveCount: number;
}

export const deadLetterQueueOf = (queue: string): string => `${queue}-dlq`;

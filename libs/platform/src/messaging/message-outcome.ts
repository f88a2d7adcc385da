import type { Message } from '@aws-sdk/client-sqs';

/** A received message and what its queue's parser made of its body. */
export interface QueueMessage<Body> {
  readonly id: string;
  readonly body: Body;
  /** 1 at the first delivery. */
  readonly receiveCount: number;
  readonly sentAt: Date;
}

/**
 * `done` deletes the message. `retry` leaves it to a redelivery, later each time, and at last to the dead-letter queue.
 * `dead` moves it there at once.
 */
export type MessageOutcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'retry'; readonly error: unknown }
  | { readonly kind: 'dead'; readonly reason: string };

export const receiveCountOf = (message: Message): number => Number(message.Attributes?.ApproximateReceiveCount ?? '1');

export function describeMessage<Body>(message: Message, body: Body): QueueMessage<Body> {
  return {
    id: message.MessageId ?? '',
    body,
    receiveCount: receiveCountOf(message),
    sentAt: new Date(Number(message.Attributes?.SentTimestamp ?? Date.now())),
  };
}

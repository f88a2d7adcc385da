import { randomUUID } from 'node:crypto';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { deadLetterQueueOf, domainEventEnvelope, type DomainEventDefinition, type DomainEventEnvelope } from '@atrium/contract-kit';
import type { z } from 'zod';
import { region } from './auth-engines.js';

const queues = ['auth-inbox', 'users-inbox', 'mailer-inbox', 'users-audit', 'events-audit', 'events-domain'];

/** The other services' side of the queues: tells auth facts, and hears what it tells them. */
export async function openQueues(endpoint: string) {
  const client = new SQSClient({ region, endpoint });
  for (const name of queues) {
    await client.send(new CreateQueueCommand({ QueueName: name }));
    await client.send(new CreateQueueCommand({ QueueName: deadLetterQueueOf(name) }));
  }
  const url = (name: string) => `${endpoint}/000000000000/${name}`;
  const heard: Record<string, DomainEventEnvelope[]> = {};

  const receive = async (queue: string): Promise<void> => {
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({ QueueUrl: url(queue), MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }),
    );
    for (const message of Messages) {
      (heard[queue] ??= []).push(domainEventEnvelope.parse(JSON.parse(message.Body ?? '')));
      await client.send(new DeleteMessageCommand({ QueueUrl: url(queue), ReceiptHandle: message.ReceiptHandle }));
    }
  };

  return {
    async publish<Data extends z.ZodType>(definition: DomainEventDefinition<Data>, data: z.input<Data>, orgId: string | null): Promise<void> {
      const envelope: DomainEventEnvelope = {
        id: randomUUID(),
        type: definition.type,
        version: definition.version,
        occurred_at: new Date().toISOString(),
        org_id: orgId,
        request_id: randomUUID(),
        data,
      };
      await client.send(new SendMessageCommand({ QueueUrl: url('auth-inbox'), MessageBody: JSON.stringify(envelope) }));
    },
    /** Data of the newest message of the queue that matches. */
    async hear<Data extends z.ZodType>(
      definition: DomainEventDefinition<Data>,
      matches: (data: z.output<Data>) => boolean,
      count = 1,
    ): Promise<z.output<Data>> {
      const queue = `${definition.subscribers[0] ?? ''}-inbox`;
      for (;;) {
        const found = (heard[queue] ?? [])
          .filter(({ type }) => type === definition.type)
          .map(({ data }) => definition.data.parse(data))
          .filter(matches);
        const newest = found.at(-1);
        if (newest !== undefined && found.length >= count) return newest;
        await receive(queue);
      }
    },
    /** Everything streamed of that kind so far, as it travelled. */
    async envelopesOf(definition: DomainEventDefinition): Promise<DomainEventEnvelope[]> {
      const queue = definition.streams?.[0]?.name ?? '';
      await receive(queue);
      return (heard[queue] ?? []).filter(({ type }) => type === definition.type);
    },
    /** Data of all messages of the kind that have arrived. */
    async all<Data extends z.ZodType>(definition: DomainEventDefinition<Data>): Promise<z.output<Data>[]> {
      const queue = `${definition.subscribers[0] ?? ''}-inbox`;
      for (let before = -1; before !== (heard[queue]?.length ?? 0); ) {
        before = heard[queue]?.length ?? 0;
        await receive(queue);
      }
      return (heard[queue] ?? []).filter(({ type }) => type === definition.type).map(({ data }) => definition.data.parse(data));
    },
    stop: () => client.destroy(),
  };
}
export type Queues = Awaited<ReturnType<typeof openQueues>>;

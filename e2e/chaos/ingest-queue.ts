import { GetQueueAttributesCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { deadLetterQueueOf } from '@atrium/contract-kit';
import { queues } from '@atrium/contracts/queues';
import { openCredentials } from '@atrium/local';
import type { RunningPlatform } from '@atrium/testing';

/** The queue of packs as SQS may treat it: delivered late, in another order, and more than once. */
export class IngestQueue {
  private readonly sqs: SQSClient;

  constructor(private readonly platform: Pick<RunningPlatform, 'ports' | 'dataDir'>) {
    const { aws } = openCredentials(platform.dataDir);
    this.sqs = new SQSClient({ region: 'eu-central-1', endpoint: `http://127.0.0.1:${platform.ports.sqs}`, credentials: aws, maxAttempts: 1 });
  }

  /** Takes packs as a consumer that dies at once: they come back `seconds` later, behind others. How many there were. */
  async snatch(seconds: number): Promise<number> {
    return (await this.receive(seconds)).length;
  }

  /** Delivers packs that are waiting once more, as messages of their own. */
  async duplicate(): Promise<number> {
    const messages = await this.receive(1);
    for (const { Body } of messages) await this.sqs.send(new SendMessageCommand({ QueueUrl: this.url(), MessageBody: Body }));
    return messages.length;
  }

  /** Messages that wait or are at hand. */
  depth(): Promise<number> {
    return this.depthOf(queues.eventsIngest.name);
  }

  deadLetters(): Promise<number> {
    return this.depthOf(deadLetterQueueOf(queues.eventsIngest.name));
  }

  private async receive(seconds: number) {
    const command = new ReceiveMessageCommand({ QueueUrl: this.url(), MaxNumberOfMessages: 10, VisibilityTimeout: seconds, WaitTimeSeconds: 1 });
    return (await this.sqs.send(command)).Messages ?? [];
  }

  private async depthOf(name: string): Promise<number> {
    const { Attributes } = await this.sqs.send(new GetQueueAttributesCommand({ QueueUrl: this.url(name), AttributeNames: ['All'] }));
    return Number(Attributes?.ApproximateNumberOfMessages) + Number(Attributes?.ApproximateNumberOfMessagesNotVisible);
  }

  private url(name: string = queues.eventsIngest.name): string {
    return `http://127.0.0.1:${this.platform.ports.sqs}/000000000000/atrium-${name}`;
  }
}

import { GetQueueAttributesCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { deadLetterQueueOf } from '@atrium/contract-kit';
import { queues } from '@atrium/contracts/queues';
import { openCredentials } from '@atrium/local';
import type { RunningPlatform } from '@atrium/testing';

/** Where packs wait: an organization that sends much, as after an outage, has its own in the second. */
const packQueues = [queues.eventsIngest.name, queues.eventsBulk.name];

/** The queues of packs as SQS may treat them: delivered late, in another order, and more than once. */
export class IngestQueue {
  private readonly sqs: SQSClient;

  constructor(private readonly platform: Pick<RunningPlatform, 'ports' | 'dataDir'>) {
    const { aws } = openCredentials(platform.dataDir);
    this.sqs = new SQSClient({ region: 'eu-central-1', endpoint: `http://127.0.0.1:${platform.ports.sqs}`, credentials: aws, maxAttempts: 1 });
  }

  /** Takes packs as a consumer that dies at once: they come back `seconds` later, behind others. How many there were. */
  async snatch(seconds: number): Promise<number> {
    return this.sumOf((name) => this.receive(name, seconds).then(({ length }) => length));
  }

  /** Delivers packs that are waiting once more, as messages of their own. */
  async duplicate(): Promise<number> {
    return this.sumOf(async (name) => {
      const messages = await this.receive(name, 1);
      for (const { Body } of messages) await this.sqs.send(new SendMessageCommand({ QueueUrl: this.url(name), MessageBody: Body }));
      return messages.length;
    });
  }

  /** Messages that wait or are at hand. */
  depth(): Promise<number> {
    return this.sumOf((name) => this.depthOf(name));
  }

  deadLetters(): Promise<number> {
    return this.sumOf((name) => this.depthOf(deadLetterQueueOf(name)));
  }

  private async sumOf(numberOf: (name: string) => Promise<number>): Promise<number> {
    return (await Promise.all(packQueues.map(numberOf))).reduce((sum, number) => sum + number, 0);
  }

  private async receive(name: string, seconds: number) {
    const command = new ReceiveMessageCommand({ QueueUrl: this.url(name), MaxNumberOfMessages: 10, VisibilityTimeout: seconds, WaitTimeSeconds: 1 });
    return (await this.sqs.send(command)).Messages ?? [];
  }

  private async depthOf(name: string): Promise<number> {
    const { Attributes } = await this.sqs.send(new GetQueueAttributesCommand({ QueueUrl: this.url(name), AttributeNames: ['All'] }));
    return Number(Attributes?.ApproximateNumberOfMessages) + Number(Attributes?.ApproximateNumberOfMessagesNotVisible);
  }

  private url(name: string): string {
    return `http://127.0.0.1:${this.platform.ports.sqs}/000000000000/atrium-${name}`;
  }
}

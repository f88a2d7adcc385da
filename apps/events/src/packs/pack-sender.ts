import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { DomainError } from '@atrium/platform/errors';
import { z } from 'zod';
import type { PackMessage } from './pack-message.js';
import { QueueConnection } from './queue-connection.js';
import { RequestSigner } from './request-signer.js';
import { bodyOfSend, md5OfText, type PackText, requestOfSdk, textOfPack } from './send-request.js';

/** Milliseconds for all attempts together; a client waits on it. */
const patience = 5_000;
/** Milliseconds of them for the first attempt. */
const firstPatience = 2_000;

const sendAnswer = z.object({ MessageId: z.string().min(1), MD5OfMessageBody: z.string() });

export interface PackSenderOptions {
  readonly sqs: SQSClient;
  readonly queueUrl: string;
  /** Told of each pack that the SDK has to send. */
  readonly onDetour: () => void;
}

interface Route {
  readonly signer: RequestSigner;
  readonly connection: QueueConnection;
}

/**
 * Sends packs to a queue, one message each; a batch call would not save anything: its entries share the size
 * limit of a single message. Attempts repeat the same `batch_id`, so that one whose answer was lost has no second effect.
 *
 * The first attempt is our own call, made after the pattern of the SDK's: the SDK itself takes a millisecond of CPU for
 * one. Whatever goes wrong with it (network, throttling, clock, expired credentials) is the SDK's to judge and repeat.
 */
export class PackSender {
  private route: Promise<Route | undefined> | undefined;

  constructor(private readonly options: PackSenderOptions) {}

  /**
   * Resolves only with SQS's acknowledgement; throws UPSTREAM_UNAVAILABLE. `group` is the tenant by which SQS itself shares
   * a standard queue fairly (fair queues).
   */
  async send(pack: PackMessage, group?: string): Promise<void> {
    const startedAt = performance.now();
    if (await this.sendDirectly(pack, group)) return;
    this.options.onDetour();
    await this.sendBySdk(pack, group, patience - (performance.now() - startedAt));
  }

  /** Cuts what is still under way. */
  async close(): Promise<void> {
    await (await this.route)?.connection.close();
    this.options.sqs.destroy();
  }

  private async sendDirectly(pack: PackMessage, group: string | undefined): Promise<boolean> {
    const route = await (this.route ??= this.findRoute());
    if (!route) return false;
    try {
      const { credentials, systemClockOffset } = this.options.sqs.config;
      const text = textOfPack(pack);
      const body = bodyOfSend(this.options.queueUrl, text, group);
      const headers = route.signer.headers(body, await credentials(), Date.now() + systemClockOffset);
      const answer = await route.connection.post(headers, body);
      return answer !== undefined && isAcknowledged(answer, text);
    } catch {
      // What the matter is, the SDK finds out for itself.
      return false;
    }
  }

  /** Undefined where the SDK can't say, or not yet, how it would call. */
  private async findRoute(): Promise<Route | undefined> {
    try {
      const template = await requestOfSdk(this.options.sqs, this.options.queueUrl, '-');
      return { signer: new RequestSigner(template), connection: new QueueConnection(template, firstPatience) };
    } catch {
      this.route = undefined;
      return undefined;
    }
  }

  private async sendBySdk(pack: PackMessage, group: string | undefined, milliseconds: number): Promise<void> {
    try {
      const command = new SendMessageCommand({ QueueUrl: this.options.queueUrl, MessageBody: JSON.stringify(pack), MessageGroupId: group });
      await this.options.sqs.send(command, { abortSignal: AbortSignal.timeout(Math.max(1, Math.ceil(milliseconds))) });
    } catch (cause) {
      throw new DomainError('UPSTREAM_UNAVAILABLE', 'The events could not be stored. Send them again.', {
        detail: 'the ingest queue did not take a pack',
        cause,
        retryAfterSeconds: 2,
      });
    }
  }
}

/** The checksum says that the queue holds what was sent. */
function isAcknowledged(answer: string, text: PackText): boolean {
  const { success, data } = sendAnswer.safeParse(JSON.parse(answer));
  return success && data.MD5OfMessageBody === md5OfText(text);
}

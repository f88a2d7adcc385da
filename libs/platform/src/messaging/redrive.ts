import { GetQueueAttributesCommand, type SQSClient, StartMessageMoveTaskCommand } from '@aws-sdk/client-sqs';

/**
 * Moves everything in a dead-letter queue back to the queue that it came from.
 *
 * @returns SQS's handle of the task, which goes on by itself
 */
export async function redriveDeadLetters(sqs: SQSClient, deadLetterUrl: string, targetUrl: string): Promise<string> {
  const [SourceArn, DestinationArn] = await Promise.all([arnOf(sqs, deadLetterUrl), arnOf(sqs, targetUrl)]);
  const { TaskHandle } = await sqs.send(new StartMessageMoveTaskCommand({ SourceArn, DestinationArn }));
  if (TaskHandle === undefined) throw new Error(`SQS gave no handle for the redrive of ${deadLetterUrl}.`);
  return TaskHandle;
}

async function arnOf(sqs: SQSClient, url: string): Promise<string> {
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }));
  const arn = Attributes?.QueueArn;
  if (arn === undefined) throw new Error(`SQS knows no queue at ${url}.`);
  return arn;
}

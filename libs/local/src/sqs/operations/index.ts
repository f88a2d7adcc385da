import { deleteMessage, deleteMessageBatch } from './delete-operations.js';
import type { Operation } from './operation.js';
import { getQueueAttributes, setQueueAttributes } from './queue-attribute-operations.js';
import { createQueue, deleteQueue, getQueueUrl, listQueues, purgeQueue } from './queue-operations.js';
import { receiveMessage } from './receive-operation.js';
import {
  cancelMessageMoveTask,
  listDeadLetterSourceQueues,
  listMessageMoveTasks,
  startMessageMoveTask,
} from './redrive-operations.js';
import { sendMessage, sendMessageBatch } from './send-operations.js';
import { changeMessageVisibility, changeMessageVisibilityBatch } from './visibility-operations.js';

export type { SqsContext } from './operation.js';

/** By the action's name in `X-Amz-Target: AmazonSQS.<action>`. */
export const operations: ReadonlyMap<string, Operation> = new Map([
  ['CreateQueue', createQueue],
  ['GetQueueUrl', getQueueUrl],
  ['ListQueues', listQueues],
  ['DeleteQueue', deleteQueue],
  ['PurgeQueue', purgeQueue],
  ['GetQueueAttributes', getQueueAttributes],
  ['SetQueueAttributes', setQueueAttributes],
  ['SendMessage', sendMessage],
  ['SendMessageBatch', sendMessageBatch],
  ['ReceiveMessage', receiveMessage],
  ['DeleteMessage', deleteMessage],
  ['DeleteMessageBatch', deleteMessageBatch],
  ['ChangeMessageVisibility', changeMessageVisibility],
  ['ChangeMessageVisibilityBatch', changeMessageVisibilityBatch],
  ['ListDeadLetterSourceQueues', listDeadLetterSourceQueues],
  ['StartMessageMoveTask', startMessageMoveTask],
  ['ListMessageMoveTasks', listMessageMoveTasks],
  ['CancelMessageMoveTask', cancelMessageMoveTask],
]);

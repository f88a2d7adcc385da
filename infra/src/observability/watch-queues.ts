import { Duration } from 'aws-cdk-lib';
import type { MessagingStack } from '../messaging/messaging-stack.js';
import type { Alarms } from './alarms.js';

const minute = { period: Duration.minutes(1), statistic: 'Maximum' };

/** Of every queue: what waits for too long, and what could not be handled. */
export function watchQueues(alarms: Alarms, { queues }: MessagingStack): void {
  for (const { definition, queue, deadLetters } of queues.values()) {
    alarms.add({
      name: `${definition.name}-dead-letters`,
      meaning: `Messages of ${definition.name} could not be handled.`,
      runbook: 'dead-letters',
      metric: deadLetters.metricApproximateNumberOfMessagesVisible(minute),
      threshold: 0,
      minutes: 1,
    });
    alarms.add({
      name: `${definition.name}-age`,
      meaning: `The oldest message of ${definition.name} has waited for more than ten minutes.`,
      runbook: 'backlog',
      metric: queue.metricApproximateAgeOfOldestMessage(minute),
      threshold: 600,
      minutes: 5,
    });
  }
}

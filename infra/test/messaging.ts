import { deadLetterQueueOf } from '@atrium/contract-kit';
import { queues } from '@atrium/contracts/queues';
import { expect, it } from 'vitest';
import { property, type Synthesized } from './synthesized.js';

/** What holds of queues, in each stage. */
export function messagingHolds(stage: () => Synthesized): void {
  it('has every queue of the contracts, as they define it, each with its dead-letter queue', () => {
    const made = [...stage().resources('AWS::SQS::Queue').values()];
    const byName = new Map(made.map((queue) => [String(property(queue, 'QueueName')), queue]));
    const prefix = `atrium-${stage().config.name}-`;
    for (const { name, visibilityTimeoutSeconds, maxReceiveCount } of Object.values(queues)) {
      expect(byName.get(`${prefix}${name}`)?.Properties).toMatchObject({
        VisibilityTimeout: visibilityTimeoutSeconds,
        RedrivePolicy: { maxReceiveCount },
      });
      expect(byName.has(`${prefix}${deadLetterQueueOf(name)}`)).toBe(true);
    }
    expect(made).toHaveLength(2 * Object.keys(queues).length);
  });

  it('encrypts every queue with a key of its own and takes nothing without TLS', () => {
    const made = stage().resources('AWS::SQS::Queue');
    const policies = JSON.stringify([...stage().resources('AWS::SQS::QueuePolicy').values()]);
    for (const [name, queue] of made) {
      expect(property(queue, 'KmsMasterKeyId'), name).toBeDefined();
      expect(property(queue, 'MessageRetentionPeriod')).toBe(14 * 24 * 3600);
    }
    expect(policies.match(/aws:SecureTransport/g)).toHaveLength(made.size);
  });
}

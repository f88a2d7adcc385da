import { readFileSync } from 'node:fs';
import { deadLetterQueueOf } from '@atrium/contract-kit';
import { queues } from '@atrium/contracts/queues';
import { expect, it } from 'vitest';
import { property, type Synthesized } from './synthesized.js';

const runbook = readFileSync(new URL('../../docs/runbooks/aws-alarms.md', import.meta.url), 'utf8');

/** What wakes somebody, in each stage. */
export function observabilityHolds(stage: () => Synthesized): void {
  const alarms = () => [...stage().resources('AWS::CloudWatch::Alarm').values(), ...stage().resources('AWS::CloudWatch::CompositeAlarm').values()];
  const names = () => alarms().map((alarm) => String(property(alarm, 'AlarmName')));

  it('has an alarm for the age and the dead letters of every queue', () => {
    for (const { name } of Object.values(queues)) {
      expect(names()).toContain(`atrium-${stage().config.name}-${name}-age`);
      expect(names()).toContain(`atrium-${stage().config.name}-${name}-dead-letters`);
    }
    const dead = JSON.stringify([...stage().resources('AWS::SQS::Queue').values()]);
    expect(dead).toContain(deadLetterQueueOf(queues.eventsIngest.name));
  });

  it('has alarms for CPU, memory and absence of every process', () => {
    for (const process of Object.keys(stage().config.processes)) {
      for (const what of ['cpu', 'short-of-memory', 'tasks']) expect(names()).toContain(`atrium-${stage().config.name}-${process}-${what}`);
    }
  });

  it('has alarms for errors, slowness, the certificate and the stores', () => {
    for (const what of ['errors', 'slow', 'certificate', 'gateway-unhealthy', 'postgres-cpu', 'postgres-connections', 'postgres-storage', 'state-storage', 'clickhouse-machine']) {
      expect(names()).toContain(`atrium-${stage().config.name}-${what}`);
    }
    expect(stage().resources('AWS::Budgets::Budget').size).toBe(1);
  });

  it('tells somebody of each, and where it says what to do', () => {
    for (const alarm of alarms()) {
      const section = /docs\/runbooks\/aws-alarms\.md#([\w-]+)$/.exec(String(property(alarm, 'AlarmDescription')))?.[1];
      expect(runbook, String(property(alarm, 'AlarmName'))).toContain(`\n## ${section}\n`);
    }
    const silent = alarms().filter((alarm) => property(alarm, 'AlarmActions') === undefined).map((alarm) => String(property(alarm, 'AlarmName')));
    // Those that roll deployments back are told of by a composite alarm each.
    for (const name of silent) expect(name).toMatch(/-(memory|gateway-errors)$/);
    expect(silent).toHaveLength(Object.keys(stage().config.processes).length + 1);
  });

  it('keeps logs for as long as the configuration says, and no longer', () => {
    for (const [name, group] of stage().resources('AWS::Logs::LogGroup')) expect(property(group, 'RetentionInDays'), name).toBeGreaterThan(0);
  });
}

import { readFileSync } from 'node:fs';
import { deadLetterQueueOf } from '@atrium/contract-kit';
import { allEndpoints } from '@atrium/contracts';
import { queues } from '@atrium/contracts/queues';
import { expect, it } from 'vitest';
import { calledServices } from '../src/observability/service-traffic.js';
import { property, type Resource, type Synthesized } from './synthesized.js';

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

  it('has alarms for the errors and the p95 of every service that answers requests, from what the gateway writes', () => {
    const filters = [...stage().resources('AWS::Logs::MetricFilter').values()];
    for (const service of calledServices) {
      for (const what of ['errors', 'slow']) {
        expect(names()).toContain(`atrium-${stage().config.name}-${service}-${what}`);
        const filter = filters.find((one) => JSON.stringify(one).includes(`"MetricName":"${service}-${what}"`));
        expect(filter?.Properties).toMatchObject({
          FilterPattern: `{ $.traffic.service = "${service}" }`,
          MetricTransformations: [{ MetricNamespace: `Atrium/${stage().config.name}`, MetricValue: `$.traffic.${what}` }],
        });
      }
    }
    // The gateway calls these, and no others.
    expect(new Set(allEndpoints.map(({ service }) => service))).toEqual(new Set(calledServices));
    const source = readFileSync(new URL('../../apps/gateway/src/observability/service-minutes.ts', import.meta.url), 'utf8');
    expect(source).toContain('{ traffic: { service, ...minute } }');
  });

  it('has alarms for errors, slowness, certificates, rotation and the stores', () => {
    const expected = ['errors', 'slow', 'certificate', 'gateway-unhealthy', 'rotation', 'clickhouse-rotation'];
    const stores = ['postgres-cpu', 'postgres-connections', 'postgres-storage', 'postgres-failure', 'postgres-backup', 'state-storage'];
    const clickHouse = ['machine', 'answers', 'storage', 'backup', 'backup-failed', 'certificate'].map((what) => `clickhouse-${what}`);
    const isOurs = stage().config.clickHouse.mode === 'ec2';
    for (const what of [...expected, ...stores, ...(isOurs ? clickHouse : [])]) expect(names()).toContain(`atrium-${stage().config.name}-${what}`);
    if (!isOurs) expect(names().filter((name) => /clickhouse-(?!rotation)/.test(name))).toEqual([]);
  });

  it('takes no news of a backup for bad news', () => {
    const backups = [...stage().resources('AWS::CloudWatch::Alarm').values()].filter((alarm) => /-backup$/.test(String(property(alarm, 'AlarmName'))));
    expect(backups.length).toBeGreaterThan(0);
    for (const alarm of backups) {
      const hours = String(property(alarm, 'AlarmName')).includes('clickhouse') ? 3 : 26;
      expect(alarm.Properties).toMatchObject({ TreatMissingData: 'breaching', EvaluationPeriods: hours, Period: 3_600, Statistic: 'Sum', Threshold: 1, ComparisonOperator: 'LessThanThreshold' });
    }
  });

  it('counts events by rules whose events somebody can read', () => {
    const rules = [...stage().resources('AWS::Events::Rule', 'Observability').values()];
    const counted = alarms().flatMap((alarm) => JSON.stringify(alarm).match(/"RuleName","Value":"[^"]+/g) ?? []);
    expect(counted).toHaveLength(rules.length);
    for (const rule of rules) expect(JSON.stringify(property(rule, 'Targets'))).toContain(`/aws/events/atrium-${stage().config.name}`);
    expect(stage().resources('AWS::Logs::ResourcePolicy', 'Observability').size).toBe(1);
  });

  it('tells the same people of the budget, who find it in the runbook, and lets who tells publish', () => {
    const [budget, ...more] = stage().resources('AWS::Budgets::Budget').values();
    expect(more).toEqual([]);
    expect(JSON.stringify(budget).match(/"SubscriptionType":"\w+"/g)).toEqual(Array(2).fill(`"SubscriptionType":"SNS"`));
    expect(String(property(budget as Resource, 'Budget', 'BudgetName'))).toMatch(/-budget$/);
    expect(runbook).toContain('\n## budget\n');
    const policies = JSON.stringify([...stage().resources('AWS::SNS::TopicPolicy', 'Observability').values()]);
    expect(policies).toContain('"Action":"sns:Publish"');
    for (const sender of ['cloudwatch', 'budgets']) expect(policies).toContain(`${sender}.amazonaws.com`);
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

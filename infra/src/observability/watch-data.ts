import { Duration, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { StageConfig } from '../config/index.js';
import type { ClickHouseServer } from '../data/clickhouse-server.js';
import type { DataStack } from '../data/data-stack.js';
import { names } from '../names.js';
import { clickHouseRotationFamily } from '../services/clickhouse-rotation.js';
import type { Alarms } from './alarms.js';
import type { EventLog } from './event-log.js';

const minute = Duration.minutes(1);
const fiveMinutes = { period: Duration.minutes(5) };
const hour = Duration.hours(1);
/** A night's backup that is two hours late. */
const nightlyMinutes = 26 * 60;
/** Two of three hourly ones are missing: more than an hour would be lost. One of everything may take as long. */
const hourlyMinutes = 3 * 60;
const gibibyte = 1_073_741_824;

/** PostgreSQL: room, connections, CPU, what RDS says about itself, and that every night ends with a backup. */
export function watchPostgres(alarms: Alarms, events: EventLog, { name: stage, postgres }: StageConfig, { postgres: { instance } }: DataStack): void {
  const add = (name: string, meaning: string, runbook: string, metric: cloudwatch.Metric, threshold: number, when?: 'below') =>
    alarms.add({ name: `postgres-${name}`, meaning, runbook, metric, threshold, minutes: 10, ...(when ? { when } : {}) });
  add('cpu', 'PostgreSQL is short of CPU.', 'postgres', instance.metricCPUUtilization(fiveMinutes), 80);
  add('connections', 'PostgreSQL has more connections than tasks should make.', 'postgres', instance.metricDatabaseConnections(fiveMinutes), postgres.poolSize * 60);
  // Storage grows by itself up to its bound: little room means that it is there.
  add('storage', 'PostgreSQL runs out of storage.', 'storage', instance.metricFreeStorageSpace(fiveMinutes), 0.1 * postgres.storageGib * gibibyte, 'below');

  const told = (id: string, detail: object, period: Duration) =>
    events.count(id, { source: ['aws.rds'], detailType: ['RDS DB Instance Event'], detail: { SourceIdentifier: [`atrium-${stage}`], ...detail } }, period);
  alarms.add({
    name: 'postgres-backup',
    meaning: 'RDS has told of no finished backup of PostgreSQL for 26 hours.',
    runbook: 'postgres-backup',
    // "Finished DB instance backup"; RDS tells of no failed one.
    metric: told('postgres-backup-finished', { EventID: ['RDS-EVENT-0002'] }, hour),
    threshold: 1,
    minutes: nightlyMinutes,
    when: 'below',
    silenceIsBad: true,
  });
  alarms.add({
    name: 'postgres-failure',
    meaning: 'RDS tells of a failure of PostgreSQL, or of storage that is nearly full.',
    runbook: 'postgres',
    metric: told('postgres-failure-told', { EventCategories: ['failure', 'low storage'] }, minute),
    threshold: 0,
    minutes: 1,
  });
}

/** Rotations that failed: those of Secrets Manager, which tries again by itself the next day, and the task's of ClickHouse. */
export function watchRotation(alarms: Alarms, events: EventLog, config: StageConfig): void {
  const stack = Stack.of(alarms);
  const prefix = stack.formatArn({ service: 'secretsmanager', resource: `secret:${names.secret(config, '')}` });
  alarms.add({
    name: 'rotation',
    meaning: 'A secret could not be rotated; its present value stays valid.',
    runbook: 'rotation',
    metric: events.count(
      'rotation-failed',
      {
        source: ['aws.secretsmanager'],
        detailType: ['AWS Service Event via CloudTrail'],
        detail: { eventName: ['RotationFailed'], additionalEventData: { SecretId: [{ prefix }] } },
      },
      minute,
    ),
    threshold: 0,
    minutes: 1,
  });
  alarms.add({
    name: 'clickhouse-rotation',
    meaning: "ClickHouse's passwords could not be rotated; the present ones stay valid.",
    runbook: 'rotation',
    metric: events.count(
      'clickhouse-rotation-failed',
      {
        source: ['aws.ecs'],
        detailType: ['ECS Task State Change'],
        detail: {
          lastStatus: ['STOPPED'],
          taskDefinitionArn: [{ prefix: stack.formatArn({ service: 'ecs', resource: 'task-definition', resourceName: `${clickHouseRotationFamily(config)}:` }) }],
          containers: { exitCode: [{ 'anything-but': [0] }] },
        },
      },
      minute,
    ),
    threshold: 0,
    minutes: 1,
  });
}

export function watchState(alarms: Alarms, { state }: StageConfig, data: DataStack): void {
  alarms.add({
    name: 'state-storage',
    meaning: 'The shared state is near its bound, beyond which Valkey removes entries.',
    runbook: 'state',
    metric: new cloudwatch.Metric({
      namespace: 'AWS/ElastiCache',
      metricName: 'BytesUsedForCache',
      dimensionsMap: { clusterId: data.state.cacheName },
      statistic: 'Maximum',
      ...fiveMinutes,
    }),
    threshold: 0.8 * state.maxGb * 1_000_000_000,
    minutes: 10,
  });
}

/** ClickHouse's machine, and what the scripts on it tell: it answers, has room, and was backed up last night. */
export function watchClickHouse(alarms: Alarms, config: StageConfig, { group, endpoint }: ClickHouseServer): void {
  const own = (metricName: string, statistic: string, period: Duration) =>
    new cloudwatch.Metric({ namespace: names.metrics(config), metricName, statistic, period });
  alarms.add({
    name: 'clickhouse-machine',
    meaning: "ClickHouse's machine fails its checks, or there is none.",
    runbook: 'clickhouse',
    metric: new cloudwatch.Metric({
      namespace: 'AWS/EC2',
      metricName: 'StatusCheckFailed',
      dimensionsMap: { AutoScalingGroupName: group.autoScalingGroupName },
      statistic: 'Maximum',
      period: minute,
    }),
    threshold: 0,
    minutes: 3,
    silenceIsBad: true,
  });
  alarms.add({
    name: 'clickhouse-answers',
    meaning: 'ClickHouse has answered its own machine not once in five minutes.',
    runbook: 'clickhouse',
    metric: own('ClickHouseAnswers', 'Sum', minute),
    threshold: 1,
    minutes: 5,
    when: 'below',
    silenceIsBad: true,
  });
  alarms.add({
    name: 'clickhouse-storage',
    meaning: "The volume with ClickHouse's tables is four fifths full; merges need room beside them.",
    runbook: 'clickhouse-storage',
    metric: own('ClickHouseDiskUsed', 'Maximum', minute),
    threshold: 80,
    minutes: 10,
  });
  alarms.add({
    name: 'clickhouse-backup-failed',
    meaning: 'A backup of ClickHouse failed.',
    runbook: 'clickhouse-backup',
    metric: own('ClickHouseBackupFailures', 'Sum', minute),
    threshold: 0,
    minutes: 1,
  });
  alarms.add({
    name: 'clickhouse-backup',
    meaning: 'ClickHouse has not been backed up for three hours.',
    runbook: 'clickhouse-backup',
    metric: own('ClickHouseBackups', 'Sum', hour),
    threshold: 1,
    minutes: hourlyMinutes,
    when: 'below',
    silenceIsBad: true,
  });
  alarms.certificate('clickhouse-certificate', 'ClickHouse', endpoint.certificate);
}

import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type * as acm from 'aws-cdk-lib/aws-certificatemanager';
import type * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';

export interface AlarmDefinition {
  /** Without the stage's prefix. */
  readonly name: string;
  /** What is wrong, in a sentence. */
  readonly meaning: string;
  /** Section of docs/runbooks/aws-alarms.md. */
  readonly runbook: string;
  readonly metric: cloudwatch.IMetric;
  readonly threshold: number;
  /** Minutes for which it must last. */
  readonly minutes: number;
  /** `above` where unset. */
  readonly when?: 'above' | 'below';
  /** Whether no data is an alarm too; not where unset. */
  readonly silenceIsBad?: boolean;
}

/** Alarms of a stage, which tell a topic when they begin and when they end. */
export class Alarms extends Construct {
  private readonly action: SnsAction;

  constructor(
    scope: Construct,
    id: string,
    private readonly prefix: string,
    topic: sns.ITopic,
  ) {
    super(scope, id);
    this.action = new SnsAction(topic);
  }

  add(definition: AlarmDefinition): cloudwatch.Alarm {
    const { name, meaning, runbook, metric, threshold, minutes, when = 'above', silenceIsBad = false } = definition;
    const { GREATER_THAN_THRESHOLD, LESS_THAN_THRESHOLD } = cloudwatch.ComparisonOperator;
    const { BREACHING, NOT_BREACHING } = cloudwatch.TreatMissingData;
    const period = metric.toMetricConfig().metricStat?.period ?? metric.toMetricConfig().mathExpression?.period ?? 60;
    const periodMinutes = (typeof period === 'number' ? Duration.seconds(period) : period).toMinutes();
    const alarm = new cloudwatch.Alarm(this, name, {
      alarmName: `${this.prefix}${name}`,
      alarmDescription: `${meaning} Runbook: docs/runbooks/aws-alarms.md#${runbook}`,
      metric,
      threshold,
      evaluationPeriods: Math.max(1, Math.round(minutes / periodMinutes)),
      comparisonOperator: when === 'above' ? GREATER_THAN_THRESHOLD : LESS_THAN_THRESHOLD,
      treatMissingData: silenceIsBad ? BREACHING : NOT_BREACHING,
    });
    return this.tell(alarm);
  }

  certificate(name: string, of: string, certificate: acm.ICertificate): void {
    this.add({
      name,
      meaning: `The certificate of ${of} ends within 30 days: ACM could not renew it.`,
      runbook: 'certificate',
      metric: certificate.metricDaysToExpiry({ period: Duration.days(1), statistic: 'Minimum' }),
      threshold: 30,
      minutes: 24 * 60,
      when: 'below',
    });
  }

  /** Tells of an alarm that another stack has, which rolls deployments back there. */
  tellOf(name: string, alarm: cloudwatch.IAlarm, meaning: string, runbook: string): void {
    this.tell(
      new cloudwatch.CompositeAlarm(this, name, {
        compositeAlarmName: `${this.prefix}${name}`,
        alarmDescription: `${meaning} Runbook: docs/runbooks/aws-alarms.md#${runbook}`,
        alarmRule: cloudwatch.AlarmRule.fromAlarm(alarm, cloudwatch.AlarmState.ALARM),
      }),
    );
  }

  private tell<A extends cloudwatch.AlarmBase>(alarm: A): A {
    alarm.addAlarmAction(this.action);
    alarm.addOkAction(this.action);
    return alarm;
  }
}

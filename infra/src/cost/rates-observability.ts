import { prices } from './prices.js';
import { charge, type Rate } from './rate.js';
import { listAt, numberAt } from './template.js';

/** An alarm is charged by the metrics that it reads. */
const metricsOf = (metrics: readonly unknown[]): number => Math.max(1, metrics.filter((metric) => typeof metric === 'object' && metric !== null && 'MetricStat' in metric).length);

/** Target tracking makes two alarms itself, one for each direction. */
const alarmsOfTargetTracking = 2;

const logGroup: Rate = (resource, { usage, count }) => {
  const share = usage.logGb / count(resource.Type);
  const months = (numberAt(resource, 'RetentionInDays') ?? Number.POSITIVE_INFINITY) / 30;
  return [
    charge('Logs written', share, prices.logIngestion),
    // Kept for ever is counted as kept for ten years.
    charge('Logs kept', share * usage.logCompression * Math.min(months, 120), prices.logStorage),
  ];
};

/** What a type of resource that watches others is charged for. */
export const observabilityRates: Readonly<Record<string, Rate>> = {
  'AWS::CloudWatch::Alarm': (resource) => [charge('Alarms', metricsOf(listAt(resource, 'Metrics')), prices.alarmMetric)],
  'AWS::CloudWatch::CompositeAlarm': () => [charge('Composite alarms', 1, prices.compositeAlarm)],
  'AWS::CloudWatch::Dashboard': () => [charge('Dashboards', 1, prices.dashboard)],
  'AWS::Logs::LogGroup': logGroup,
  'AWS::Logs::MetricFilter': (resource) => [charge('Metrics of logs', Math.max(1, listAt(resource, 'MetricTransformations').length), prices.customMetric)],
  'AWS::ApplicationAutoScaling::ScalingPolicy': (resource) => {
    const metrics = listAt(resource, 'TargetTrackingScalingPolicyConfiguration', 'CustomizedMetricSpecification', 'Metrics');
    return [charge('Alarms of autoscaling', alarmsOfTargetTracking * metricsOf(metrics), prices.alarmMetric)];
  },
};

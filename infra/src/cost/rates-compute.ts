import { machines, prices } from './prices.js';
import { charge, hours, type Rate } from './rate.js';
import { flagAt, listAt, NoPriceError, numberAt, referenceAt, required, type Resources, type TemplateResource, textAt } from './template.js';

const gbIncluded = 20;

/** As many tasks as autoscaling keeps at least. */
const service: Rate = (resource, { id, resources }) => {
  const definition = resources[referenceAt(resource, 'TaskDefinition') ?? ''];
  if (!definition) throw new NoPriceError('its task definition is not in the stack');
  if (textAt(resource, 'LaunchType') !== 'FARGATE') throw new NoPriceError('only tasks on Fargate have a price');
  if (textAt(definition, 'RuntimePlatform', 'CpuArchitecture') !== 'ARM64') throw new NoPriceError('only tasks on ARM64 have a price');
  if ((numberAt(definition, 'EphemeralStorage', 'SizeInGiB') ?? gbIncluded) > gbIncluded) throw new NoPriceError(`a task's disk of more than ${gbIncluded} GiB has no price`);
  const name = textAt(resource, 'ServiceName') ?? id;
  const tasks = leastTasks(name, resources) ?? required(numberAt(resource, 'DesiredCount'), resource, 'a number of tasks');
  const vcpu = required(numberAt(definition, 'Cpu'), definition, 'Cpu') / 1_024;
  const gb = required(numberAt(definition, 'Memory'), definition, 'Memory') / 1_024;
  const what = `Fargate ${name}, ${tasks} × ${vcpu} vCPU, ${gb} GB`;
  return [
    charge(what, tasks * vcpu * hours, prices.fargateArmVcpu),
    charge(what, tasks * gb * hours, prices.fargateArmGb),
  ];
};

function leastTasks(serviceName: string, resources: Resources): number | undefined {
  const target = Object.values(resources).find(
    (candidate) => candidate.Type === 'AWS::ApplicationAutoScaling::ScalableTarget' && JSON.stringify(candidate.Properties?.['ResourceId']).includes(`/${serviceName}"`),
  );
  return target && numberAt(target, 'MinCapacity');
}

const cluster: Rate = (_resource, { usage, count }) => [
  charge('Container Insights', count('AWS::ECS::Service') * usage.insightMetricsPerService, prices.customMetric),
  charge('Traces in X-Ray', usage.requestMillions * usage.tracedShare, prices.traces),
];

/** Machines of a group that is always at its least. */
const machineGroup: Rate = (resource, { resources }) => {
  const template = resources[referenceAt(resource, 'LaunchTemplate', 'LaunchTemplateId') ?? ''];
  if (!template) throw new NoPriceError('its launch template is not in the stack');
  const type = required(textAt(template, 'LaunchTemplateData', 'InstanceType'), template, 'InstanceType');
  const price = machines[type];
  if (!price) throw new NoPriceError(`${type} has no price`);
  const least = required(numberAt(resource, 'MinSize'), resource, 'MinSize');
  const disks = listAt(template, 'LaunchTemplateData', 'BlockDeviceMappings').map((mapping) => numberAt(asResource(mapping), 'Ebs', 'VolumeSize') ?? 8);
  return [
    charge(`EC2 ${type}`, least * hours, price),
    charge('Disks of machines', least * disks.reduce((total, gb) => total + gb, 0), prices.volume),
    ...(flagAt(template, 'LaunchTemplateData', 'Monitoring', 'Enabled') ? [charge('Detailed monitoring of machines', least * detailedMetrics, prices.customMetric)] : []),
  ];
};

const detailedMetrics = 7;

const asResource = (value: unknown): TemplateResource => ({ Type: 'part', Properties: typeof value === 'object' && value !== null ? { ...value } : {} });

const volume: Rate = (resource) => {
  if (textAt(resource, 'VolumeType') !== 'gp3') throw new NoPriceError('only gp3 has a price');
  const beyond = (name: string, included: number) => Math.max(0, (numberAt(resource, name) ?? included) - included);
  return [
    charge('Volume gp3', required(numberAt(resource, 'Size'), resource, 'Size'), prices.volume),
    charge('Volume, IOPS', beyond('Iops', 3_000), prices.volumeIops),
    charge('Volume, throughput', beyond('Throughput', 125), prices.volumeThroughput),
  ];
};

const lambda: Rate = (_resource, { usage }) => [charge('Functions', usage.functionGbSeconds, prices.functionTime)];

/** What a type of resource that computes is charged for. */
export const computeRates: Readonly<Record<string, Rate>> = {
  'AWS::ECS::Service': service,
  'AWS::ECS::Cluster': cluster,
  'AWS::AutoScaling::AutoScalingGroup': machineGroup,
  'AWS::EC2::Volume': volume,
  'AWS::Lambda::Function': lambda,
};

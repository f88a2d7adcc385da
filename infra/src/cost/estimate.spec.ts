import { describe, expect, it } from 'vitest';
import { estimate } from './estimate.js';
import { databaseMachines, machines, prices } from './prices.js';
import { NoPriceError, type Resources, type TemplateResource } from './template.js';
import type { Usage } from './usage.js';

const none: Usage = {
  requestMillions: 0, tracedShare: 0, balancerUnits: 0, trafficOutGb: 0, betweenZonesGb: 0, natGb: 0, endpointGb: 0,
  stateGb: 0, stateUnitMillions: 0, databaseBackupGb: 0, vaultGb: 0,
  buckets: { other: { gb: 0, writeMillions: 0, readMillions: 0 } },
  queueRequestMillions: 0, logGb: 0, logCompression: 0, secretReadMillions: 0, insightMetricsPerService: 0, keyVersions: 0,
  distribution: { gb: 0, requestMillions: 0 }, functionGbSeconds: 0,
};

const resource = (Type: string, Properties: Record<string, unknown> = {}): TemplateResource => ({ Type, Properties });
const monthly = (resources: Resources, usage: Partial<Usage> = {}) => estimate({ Stack: resources }, { ...none, ...usage }).monthly;

const task = (more: Record<string, unknown> = {}) =>
  resource('AWS::ECS::TaskDefinition', { Cpu: '512', Memory: '1024', RuntimePlatform: { CpuArchitecture: 'ARM64' }, ...more });
const service = (more: Record<string, unknown> = {}) =>
  resource('AWS::ECS::Service', { LaunchType: 'FARGATE', ServiceName: 'atrium-auth', TaskDefinition: { Ref: 'Task' }, ...more });
const scaled = (name: string, MinCapacity: number) =>
  resource('AWS::ApplicationAutoScaling::ScalableTarget', { MinCapacity, ResourceId: { 'Fn::Join': ['', ['service/', { Ref: 'Cluster' }, `/${name}`]] } });

describe('the estimate of costs', () => {
  it('counts vCPU and GB of as many tasks as autoscaling keeps at least, for 730 hours', () => {
    const cost = monthly({ Task: task(), Service: service(), Scaling: scaled('atrium-auth', 3), Other: scaled('atrium-auth-worker', 9) });
    expect(cost).toBeCloseTo(3 * 730 * (0.5 * prices.fargateArmVcpu.usd + 1 * prices.fargateArmGb.usd), 6);
  });

  it('takes the desired count where nothing scales, and no guess where there is neither', () => {
    expect(monthly({ Task: task(), Service: service({ DesiredCount: 2 }) })).toBeCloseTo(2 * 730 * (0.5 * 0.03725 + 0.00409), 6);
    expect(() => monthly({ Task: task(), Service: service() })).toThrow('without a number of tasks');
  });

  it('counts machine and storage of a database twice in two zones', () => {
    const database = (MultiAZ: boolean) => ({ Db: resource('AWS::RDS::DBInstance', { DBInstanceClass: 'db.r7g.large', StorageType: 'gp3', AllocatedStorage: '200', MultiAZ }) });
    const one = 730 * (databaseMachines['db.r7g.large']?.usd ?? Number.NaN) + 200 * prices.postgresStorage.usd;
    expect(monthly(database(false))).toBeCloseTo(one, 6);
    expect(monthly(database(true))).toBeCloseTo(2 * one, 6);
  });

  it('counts the least that Valkey is billed for where it holds less', () => {
    const cache = { Cache: resource('AWS::ElastiCache::ServerlessCache', { Engine: 'valkey' }) };
    expect(monthly(cache, { stateGb: 0.01 })).toBeCloseTo(0.1 * 730 * prices.valkeyStorage.usd, 6);
    expect(monthly(cache, { stateGb: 2, stateUnitMillions: 10 })).toBeCloseTo(2 * 730 * prices.valkeyStorage.usd + 10 * prices.valkeyUnits.usd, 6);
  });

  it('counts a volume with what it has beyond what gp3 comes with', () => {
    const volume = (more: object) => ({ Volume: resource('AWS::EC2::Volume', { VolumeType: 'gp3', Size: 100, ...more }) });
    expect(monthly(volume({}))).toBeCloseTo(100 * prices.volume.usd, 6);
    expect(monthly(volume({ Iops: 4_000, Throughput: 225 }))).toBeCloseTo(100 * prices.volume.usd + 1_000 * prices.volumeIops.usd + 100 * prices.volumeThroughput.usd, 6);
  });

  it('counts the machines of a group with their disks', () => {
    const group = {
      Template: resource('AWS::EC2::LaunchTemplate', { LaunchTemplateData: { InstanceType: 'm7g.large', BlockDeviceMappings: [{ Ebs: { VolumeSize: 20 } }] } }),
      Group: resource('AWS::AutoScaling::AutoScalingGroup', { MinSize: '1', LaunchTemplate: { LaunchTemplateId: { Ref: 'Template' } } }),
    };
    expect(monthly(group)).toBeCloseTo(730 * (machines['m7g.large']?.usd ?? Number.NaN) + 20 * prices.volume.usd, 6);
  });

  it('counts interface endpoints by zone, and gateways as nothing', () => {
    const endpoint = (VpcEndpointType: string) => ({ Endpoint: resource('AWS::EC2::VPCEndpoint', { VpcEndpointType, SubnetIds: ['a', 'b'] }) });
    expect(monthly(endpoint('Interface'), { endpointGb: 5 })).toBeCloseTo(2 * 730 * prices.interfaceEndpoint.usd + 5 * prices.interfaceEndpointTraffic.usd, 6);
    expect(monthly(endpoint('Gateway'), { endpointGb: 5 })).toBe(0);
  });

  it('counts an alarm by the metrics that it reads', () => {
    const alarm = (Metrics?: unknown[]) => ({ Alarm: resource('AWS::CloudWatch::Alarm', Metrics ? { Metrics } : { MetricName: 'CPUUtilization' }) });
    expect(monthly(alarm())).toBeCloseTo(0.1, 6);
    expect(monthly(alarm([{ Expression: 'a / b' }, { MetricStat: {} }, { MetricStat: {} }]))).toBeCloseTo(0.2, 6);
  });

  it('shares what is assumed for a stage among the resources that have it', () => {
    const queues = { A: resource('AWS::SQS::Queue'), B: resource('AWS::SQS::Queue') };
    const groups = { L: resource('AWS::Logs::LogGroup', { RetentionInDays: 30 }), M: resource('AWS::Logs::LogGroup', { RetentionInDays: 30 }) };
    expect(monthly(queues, { queueRequestMillions: 10 })).toBeCloseTo(10 * prices.queueRequests.usd, 6);
    expect(monthly(groups, { logGb: 10, logCompression: 0.5 })).toBeCloseTo(10 * prices.logIngestion.usd + 5 * prices.logStorage.usd, 6);
    const buckets = { LogsA: resource('AWS::S3::Bucket'), Ready: resource('AWS::S3::Bucket'), Quarantine: resource('AWS::S3::Bucket') };
    const held = (gb: number) => ({ gb, writeMillions: 0, readMillions: 0 });
    const stacks = { Data: buckets, Edge: { Console: resource('AWS::S3::Bucket') } };
    expect(estimate(stacks, { ...none, buckets: { Logs: held(7), other: held(100) } }).monthly).toBeCloseTo(107 * prices.bucketStorage.usd, 6);
  });

  it('sums each stack by itself', () => {
    const { stacks, monthly: total } = estimate({ A: { Key: resource('AWS::KMS::Key') }, B: { Zone: resource('AWS::Route53::HostedZone') } }, none);
    expect(stacks.map(({ stack, monthly: cost }) => [stack, cost])).toEqual([['A', 1], ['B', 0.5]]);
    expect(total).toBe(1.5);
  });

  it.each([
    ['a type that has neither a price nor is declared free', { X: resource('AWS::Neptune::DBCluster') }, 'Stack/X: AWS::Neptune::DBCluster has no price'],
    ['a machine without a price', { X: resource('AWS::RDS::DBInstance', { DBInstanceClass: 'db.x2g.metal' }) }, 'db.x2g.metal has no price'],
    ['tasks of another processor', { Task: task({ RuntimePlatform: { CpuArchitecture: 'X86_64' } }), X: service({ DesiredCount: 1 }) }, 'ARM64'],
    ['tasks that run elsewhere', { Task: task(), X: service({ LaunchType: 'EC2' }) }, 'Fargate'],
    ['a volume of another kind', { X: resource('AWS::EC2::Volume', { VolumeType: 'io2', Size: 1 }) }, 'gp3'],
    ['a size that is not a number', { X: resource('AWS::EC2::Volume', { VolumeType: 'gp3', Size: { Ref: 'Size' } }) }, 'Size is not what a price can be read from'],
  ])('refuses %s', (_what, resources, message) => {
    expect(() => monthly(resources)).toThrow(NoPriceError);
    expect(() => monthly(resources)).toThrow(message);
  });

  it('takes what a deployment runs for nothing', () => {
    expect(monthly({ X: resource('Custom::ReleaseTask'), Y: resource('AWS::IAM::Role') })).toBe(0);
  });
});

import { expect, it } from 'vitest';
import { property, type Resource, type Synthesized } from './synthesized.js';

/** Of each type that is told one by one: the properties that a reviewer looks at. All other types are counted. */
const telling: Readonly<Record<string, readonly string[]>> = {
  'AWS::AutoScaling::AutoScalingGroup': ['MinSize', 'MaxSize'],
  'AWS::ApplicationAutoScaling::ScalableTarget': ['MinCapacity', 'MaxCapacity'],
  'AWS::Budgets::Budget': ['Budget.BudgetLimit.Amount'],
  'AWS::CertificateManager::Certificate': ['DomainName'],
  'AWS::CloudFront::Distribution': ['DistributionConfig.Aliases'],
  'AWS::CloudWatch::Alarm': ['AlarmName', 'Threshold', 'EvaluationPeriods'],
  'AWS::EC2::NatGateway': [],
  'AWS::EC2::SecurityGroup': ['GroupDescription'],
  'AWS::EC2::Volume': ['Size', 'VolumeType', 'Iops', 'Throughput', 'Encrypted'],
  'AWS::EC2::LaunchTemplate': ['LaunchTemplateData.InstanceType'],
  'AWS::EC2::VPCEndpoint': ['VpcEndpointType'],
  'AWS::ECS::Service': ['ServiceName'],
  'AWS::ECS::TaskDefinition': ['Family', 'Cpu', 'Memory'],
  'AWS::ElastiCache::ServerlessCache': ['Engine', 'CacheUsageLimits'],
  'AWS::ElasticLoadBalancingV2::Listener': ['Port', 'Protocol', 'SslPolicy'],
  'AWS::ElasticLoadBalancingV2::LoadBalancer': ['Scheme', 'Type'],
  'AWS::KMS::Key': ['EnableKeyRotation'],
  'AWS::Lambda::Function': ['Runtime', 'Timeout'],
  'AWS::RDS::DBInstance': ['DBInstanceClass', 'AllocatedStorage', 'MaxAllocatedStorage', 'MultiAZ', 'BackupRetentionPeriod', 'DeletionProtection', 'StorageEncrypted'],
  'AWS::Route53::RecordSet': ['Name'],
  'AWS::S3::Bucket': ['VersioningConfiguration.Status'],
  'AWS::SecretsManager::RotationSchedule': ['RotationRules.ScheduleExpression'],
  'AWS::SQS::Queue': ['QueueName', 'VisibilityTimeout'],
  'AWS::WAFv2::WebACL': ['Scope'],
};

/** `DataKey12AB34CD` → `DataKey`. */
const withoutHash = (id: string) => id.replace(/[0-9A-F]{8}$/, '');

function line(id: string, resource: Resource, paths: readonly string[]): string {
  const told = paths.flatMap((path) => {
    const value = property(resource, ...path.split('.'));
    return value === undefined ? [] : [`${path.split('.').at(-1)}=${typeof value === 'string' ? value : JSON.stringify(value)}`];
  });
  const kept = resource.DeletionPolicy && resource.DeletionPolicy !== 'Delete' ? [`on deletion: ${resource.DeletionPolicy}`] : [];
  return [`  ${resource.Type.replace('AWS::', '')} ${withoutHash(id)}`, ...told, ...kept].join('  ');
}

function shapeOf(stage: Synthesized, stack: string): string[] {
  const resources = [...stage.resources(undefined, stack)].map(([name, resource]) => [name.split('/')[1] ?? '', resource] as const);
  const lines = resources.flatMap(([id, resource]) => (telling[resource.Type] ? [line(id, resource, telling[resource.Type] ?? [])] : []));
  const others = new Map<string, number>();
  for (const [, { Type }] of resources) if (!telling[Type]) others.set(Type, (others.get(Type) ?? 0) + 1);
  const counted = [...others].map(([type, count]) => `${type.replace('AWS::', '')} × ${count}`).sort();
  return [`${stack}, ${resources.length} resources`, ...lines.sort(), `  and ${counted.join(', ')}`, ''];
}

/** What each stage consists of: a page that shows what a change does to it. */
export function shapeHolds(stage: () => Synthesized): void {
  it('has the shape that was agreed on', async () => {
    const text = stage().order.flatMap((stack) => shapeOf(stage(), stack)).join('\n');
    await expect(text).toMatchFileSnapshot(`../test/shape-${stage().config.name}.txt`);
  });
}

import { expect, it } from 'vitest';
import { property, type Resource, type Synthesized } from './synthesized.js';

/** What nothing in any stage may lack: asked of everything that there is, so that what is added later is asked too. */
export function safetyHolds(stage: () => Synthesized): void {
  const all = (type: string) => [...stage().resources(type)];

  it('encrypts everything that keeps something', () => {
    const encrypted: Readonly<Record<string, readonly string[]>> = {
      'AWS::RDS::DBInstance': ['StorageEncrypted'],
      'AWS::EC2::Volume': ['Encrypted'],
      'AWS::S3::Bucket': ['BucketEncryption'],
      'AWS::SQS::Queue': ['KmsMasterKeyId'],
      'AWS::ElastiCache::ServerlessCache': ['KmsKeyId'],
    };
    for (const [type, path] of Object.entries(encrypted)) {
      for (const [name, resource] of all(type)) expect(property(resource, ...path), name).toBeTruthy();
    }
    for (const [name, template] of all('AWS::EC2::LaunchTemplate')) {
      const devices = property(template, 'LaunchTemplateData', 'BlockDeviceMappings') as { Ebs: { Encrypted: boolean } }[];
      expect(devices.map(({ Ebs }) => Ebs.Encrypted), name).toEqual([true]);
    }
    for (const [name, key] of all('AWS::KMS::Key')) expect(property(key, 'EnableKeyRotation'), name).toBe(true);
  });

  it('gives no machine, task or database an address of the internet', () => {
    for (const [name, service] of all('AWS::ECS::Service')) {
      expect(property(service, 'NetworkConfiguration', 'AwsvpcConfiguration', 'AssignPublicIp'), name).toBe('DISABLED');
    }
    for (const [name, subnet] of all('AWS::EC2::Subnet')) expect(property(subnet, 'MapPublicIpOnLaunch'), name).toBe(false);
    for (const [name, instance] of all('AWS::RDS::DBInstance')) expect(property(instance, 'PubliclyAccessible'), name).toBe(false);
    for (const [name, template] of all('AWS::EC2::LaunchTemplate')) {
      expect(JSON.stringify(template), name).not.toContain('AssociatePublicIpAddress":true');
      expect(property(template, 'LaunchTemplateData', 'MetadataOptions'), name).toMatchObject({ HttpTokens: 'required', HttpPutResponseHopLimit: 1 });
    }
  });

  it('speaks TLS wherever it leaves a process: the database forces it, every listener but the redirect has a certificate', () => {
    for (const [name, group] of all('AWS::RDS::DBParameterGroup')) expect(property(group, 'Parameters', 'rds.force_ssl'), name).toBe('1');
    for (const [name, listener] of all('AWS::ElasticLoadBalancingV2::Listener')) {
      if (property(listener, 'Port') === 80) continue;
      expect(property(listener, 'Certificates'), name).toHaveLength(1);
      expect(String(property(listener, 'SslPolicy')), name).toContain('TLS13');
    }
    const secrets = JSON.stringify(all('AWS::SecretsManager::Secret').map(([, secret]) => secret));
    expect(secrets).not.toMatch(/[^s]:\/\/[^"]*clickhouse|"redis:\/\//);
    expect(JSON.stringify(all('AWS::ECS::TaskDefinition'))).not.toContain('"DATABASE_TLS","Value":"off"');
  });

  it('lets no role do everything, or take what it was not given', () => {
    for (const type of ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy', 'AWS::IAM::Role']) {
      for (const [name, resource] of all(type)) {
        const text = JSON.stringify(resource);
        expect(text, name).not.toMatch(/"Action":(\[[^\]]*)?"(\*|\w+:\*)"/);
        expect(text, name).not.toContain('NotAction');
        expect(text, name).not.toMatch(/AdministratorAccess|PowerUserAccess/);
      }
    }
  });

  it('protects what cannot be made again, where the stage keeps its data', () => {
    const { dataMayBeDeleted, name } = stage().config;
    if (dataMayBeDeleted) return void expect(name).toBe('dev');
    for (const type of ['AWS::RDS::DBInstance', 'AWS::EC2::Volume', 'AWS::S3::Bucket']) {
      for (const [id, resource] of all(type)) expect(resource.DeletionPolicy, id).toBe('Retain');
    }
    for (const [id, instance] of all('AWS::RDS::DBInstance')) expect(property(instance, 'DeletionProtection'), id).toBe(true);
    for (const [id, balancer] of all('AWS::ElasticLoadBalancingV2::LoadBalancer')) {
      expect(JSON.stringify(property(balancer as Resource, 'LoadBalancerAttributes')), id).toContain('{"Key":"deletion_protection.enabled","Value":"true"}');
    }
  });

  it('has in prod what customers are promised: two zones, any second of 30 days', () => {
    if (stage().config.name !== 'prod') return;
    for (const [id, instance] of all('AWS::RDS::DBInstance')) {
      expect(instance.Properties, id).toMatchObject({ MultiAZ: true, BackupRetentionPeriod: 30 });
    }
    for (const [id, target] of all('AWS::ApplicationAutoScaling::ScalableTarget')) expect(property(target, 'MinCapacity'), id).toBeGreaterThanOrEqual(2);
  });
}

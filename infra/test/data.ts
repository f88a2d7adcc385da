import { expect, it } from 'vitest';
import { property, type Synthesized } from './synthesized.js';

/** What holds of everything that remembers, in each stage. */
export function dataHolds(stage: () => Synthesized): void {
  const all = (type: string) => [...stage().resources(type).values()];

  it('keeps PostgreSQL private, encrypted, behind TLS and restorable', () => {
    const [instance, ...more] = all('AWS::RDS::DBInstance');
    const { postgres, dataMayBeDeleted } = stage().config;
    expect(more).toEqual([]);
    expect(instance?.Properties).toMatchObject({
      StorageEncrypted: true,
      PubliclyAccessible: false,
      MultiAZ: postgres.multiAz,
      BackupRetentionPeriod: postgres.backupDays,
      DeletionProtection: !dataMayBeDeleted,
      EnablePerformanceInsights: true,
    });
    expect(all('AWS::RDS::DBParameterGroup')[0]?.Properties).toMatchObject({ Parameters: { 'rds.force_ssl': '1' } });
  });

  it('rotates the password of every role of PostgreSQL, first when the role is there, and of the shared state', () => {
    const schedules = all('AWS::SecretsManager::RotationSchedule');
    // Two roles for each of five services, the administrator, and the user of the shared state.
    expect(schedules).toHaveLength(12);
    for (const schedule of schedules) expect(schedule.Properties).toMatchObject({ RotateImmediatelyOnUpdate: false });
  });

  it('writes no password into a template', () => {
    const texts = all('AWS::SecretsManager::Secret').map(({ Properties }) => JSON.stringify(Properties?.SecretString ?? ''));
    const composed = texts.filter((text) => text.includes('resolve:secretsmanager'));
    // Shared state by its URL, and ClickHouse's two users.
    expect(composed).toHaveLength(2);
    for (const text of texts) {
      expect(text).not.toMatch(/password\\+":\\+"(?!\{\{resolve)/);
      expect(text).not.toMatch(/\/\/\w+:(?!\{\{resolve)/);
    }
    for (const user of all('AWS::ElastiCache::User')) {
      expect(JSON.stringify(property(user, 'AuthenticationMode', 'Passwords'))).toMatch(/resolve:secretsmanager/);
    }
  });

  it('lets nobody read a bucket in public or without TLS, and deletes none', () => {
    const buckets = stage().resources('AWS::S3::Bucket');
    expect(buckets.size).toBeGreaterThan(2);
    const policies = JSON.stringify(all('AWS::S3::BucketPolicy').map(({ Properties }) => Properties));
    for (const [name, bucket] of buckets) {
      expect(property(bucket, 'PublicAccessBlockConfiguration')).toEqual({
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      });
      expect(property(bucket, 'BucketEncryption'), name).toBeDefined();
      expect(bucket.DeletionPolicy).toBe('Retain');
      expect(policies).toContain(name.split('/')[1]);
    }
    expect(policies.match(/aws:SecureTransport/g)?.length).toBe(buckets.size);
  });

  it('tells the queue of uploads what comes to quarantine', () => {
    const told = all('AWS::S3::Bucket').filter((bucket) => property(bucket, 'NotificationConfiguration'));
    expect(told).toHaveLength(1);
    expect(JSON.stringify(told[0]?.Properties)).toContain(`atrium-${stage().config.name}-gallery-uploads`);
    const { order } = stage();
    expect(order.indexOf('Messaging')).toBeLessThan(order.indexOf('Data'));
  });
}

import { databaseMachines, prices } from './prices.js';
import { charge, hours, type Rate } from './rate.js';
import { flagAt, NoPriceError, numberAt, required, textAt } from './template.js';

/** IOPS and throughput of gp3 come with it; RDS gives 3,000 below 400 GiB and 12,000 from there on. */
const database: Rate = (resource, { usage, count }) => {
  const type = required(textAt(resource, 'DBInstanceClass'), resource, 'DBInstanceClass');
  const price = databaseMachines[type];
  if (!price) throw new NoPriceError(`${type} has no price`);
  if (textAt(resource, 'StorageType') !== 'gp3' || numberAt(resource, 'Iops') !== undefined) throw new NoPriceError('only gp3 as it comes has a price');
  if ((numberAt(resource, 'PerformanceInsightsRetentionPeriod') ?? 7) > 7) throw new NoPriceError('Performance Insights of more than 7 days has no price');
  const zones = flagAt(resource, 'MultiAZ') ? 2 : 1;
  return [
    charge(`RDS ${type}, zones: ${zones}`, zones * hours, price),
    charge('RDS storage', zones * required(numberAt(resource, 'AllocatedStorage'), resource, 'AllocatedStorage'), prices.postgresStorage),
    charge('RDS backups', usage.databaseBackupGb / count(resource.Type), prices.postgresBackup),
  ];
};

const leastValkeyGb = 0.1;

const sharedState: Rate = (resource, { usage }) => {
  if (textAt(resource, 'Engine') !== 'valkey') throw new NoPriceError('only Valkey has a price');
  return [
    charge('ElastiCache, data', Math.max(usage.stateGb, leastValkeyGb) * hours, prices.valkeyStorage),
    charge('ElastiCache, requests', usage.stateUnitMillions, prices.valkeyUnits),
  ];
};

const bucket: Rate = (resource, { id, usage, count }) => {
  const nameOf = (bucketId: string) => Object.keys(usage.buckets).find((name) => name !== 'other' && bucketId.startsWith(name));
  const name = nameOf(id) ?? 'other';
  const assumed = usage.buckets[name] ?? usage.buckets.other;
  const share = 1 / count(resource.Type, (other) => (nameOf(other) ?? 'other') === name);
  return [
    charge('S3 storage', assumed.gb * share, prices.bucketStorage),
    charge('S3 writes', assumed.writeMillions * share, prices.bucketWrites),
    charge('S3 reads', assumed.readMillions * share, prices.bucketReads),
  ];
};

/** What a type of resource that keeps data is charged for. */
export const dataRates: Readonly<Record<string, Rate>> = {
  'AWS::RDS::DBInstance': database,
  'AWS::ElastiCache::ServerlessCache': sharedState,
  'AWS::S3::Bucket': bucket,
  'AWS::SQS::Queue': (resource, { usage, count }) => [charge('SQS requests', usage.queueRequestMillions / count(resource.Type), prices.queueRequests)],
  'AWS::KMS::Key': (resource, { usage }) => [charge('Keys', flagAt(resource, 'EnableKeyRotation') ? 1 + usage.keyVersions : 1, prices.key)],
  'AWS::SecretsManager::Secret': (resource, { usage, count }) => [
    charge('Secrets', 1, prices.secret),
    charge('Secrets, reads', usage.secretReadMillions / count(resource.Type), prices.secretReads),
  ],
  'AWS::Backup::BackupVault': (resource, { usage, count }) => [charge('Backup vaults', usage.vaultGb / count(resource.Type), prices.backupStorage)],
};

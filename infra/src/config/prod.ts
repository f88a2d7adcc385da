import type { StageConfig } from './stage-config.js';

/** Two tasks at least, so that one is left while another is replaced or its zone is down. */
const api = { cpu: 1_024, memory: 2_048, minTasks: 2, maxTasks: 12 } as const;

/** For customers: two zones of everything that can have them, and data that nothing deletes. */
export const prod: StageConfig = {
  name: 'prod',
  region: 'eu-central-1',
  dataMayBeDeleted: false,
  dns: {
    zoneName: 'atrium.example',
    zoneId: 'Z0000000000000000PROD',
    apiName: 'api.atrium.example',
    appUrl: 'https://app.atrium.example',
  },
  network: {
    cidr: '10.30.0.0/16',
    zones: ['eu-central-1a', 'eu-central-1b'],
    // One a zone: an outage of a zone must not cut the other off from issuers and mail.
    natGateways: 2,
    // SQS carries every event: by an endpoint a GB costs a quarter of what it does through NAT. Secrets stay inside too.
    interfaceEndpoints: ['sqs', 'secretsmanager'],
    flowLogDays: 90,
  },
  postgres: { instanceType: 'r7g.large', storageGib: 200, maxStorageGib: 2_000, multiAz: true, backupDays: 30, poolSize: 10 },
  state: { maxGb: 10, maxUnitsPerSecond: 100_000 },
  clickHouse: {
    mode: 'ec2',
    // 64 GiB: aggregations stay in memory, and merges beside them.
    instanceType: 'r7g.2xlarge',
    version: '25.8.10.7',
    volumeGib: 1_000,
    volumeIops: 6_000,
    volumeMibPerSecond: 500,
    backupDays: 30,
  },
  // `downloads` (files by CloudFront, near those who download) needs a key of one's own first: docs/deploy.md#downloads.
  analysts: { name: 'analysts.atrium.example', ranges: ['10.200.0.0/16'] },
  mail: { smtpUrl: 'smtps://email-smtp.eu-central-1.amazonaws.com:465', from: 'Atrium <no-reply@atrium.example>' },
  secrets: { rotationDays: 30 },
  processes: {
    gateway: api,
    // Password hashes take CPU.
    auth: { ...api, cpu: 2_048, memory: 4_096 },
    users: api,
    gallery: api,
    'gallery-worker': { ...api, maxTasks: 8 },
    events: { ...api, maxTasks: 20 },
    'events-worker': { cpu: 2_048, memory: 4_096, minTasks: 2, maxTasks: 10 },
    mailer: { cpu: 256, memory: 512, minTasks: 2, maxTasks: 4 },
  },
  edge: { wafRequestsPerFiveMinutes: 100_000, accessLogDays: 365 },
  observability: { logDays: 90, alarmEmail: 'alarms@atrium.example', monthlyBudgetUsd: 4_000 },
};

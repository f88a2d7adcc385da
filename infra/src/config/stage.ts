import type { StageConfig } from './stage-config.js';

const api = { cpu: 512, memory: 1_024, minTasks: 1, maxTasks: 4 } as const;

/** Rehearses what prod gets: the same shape, smaller, and data that stays. */
export const stage: StageConfig = {
  name: 'stage',
  region: 'eu-central-1',
  dataMayBeDeleted: false,
  dns: {
    zoneName: 'stage.atrium.example',
    zoneId: 'Z000000000000000STAGE',
    apiName: 'api.stage.atrium.example',
    appUrl: 'https://app.stage.atrium.example',
  },
  network: {
    cidr: '10.20.0.0/16',
    zones: ['eu-central-1a', 'eu-central-1b'],
    natGateways: 1,
    interfaceEndpoints: [],
    flowLogDays: 30,
  },
  // Multi-AZ as in prod, so that a failover can be rehearsed.
  postgres: { instanceType: 't4g.medium', storageGib: 50, maxStorageGib: 200, multiAz: true, backupDays: 7, poolSize: 8 },
  state: { maxGb: 2, maxUnitsPerSecond: 10_000 },
  clickHouse: {
    mode: 'ec2',
    instanceType: 'm7g.large',
    version: '25.8.10.7',
    volumeGib: 100,
    volumeIops: 3_000,
    volumeMibPerSecond: 125,
    backupDays: 7,
  },
  mail: { smtpUrl: 'smtps://email-smtp.eu-central-1.amazonaws.com:465', from: 'Atrium stage <no-reply@stage.atrium.example>' },
  secrets: { rotationDays: 30 },
  processes: {
    gateway: api,
    auth: api,
    users: api,
    gallery: api,
    'gallery-worker': api,
    events: api,
    'events-worker': { cpu: 1_024, memory: 2_048, minTasks: 1, maxTasks: 4 },
    mailer: { cpu: 256, memory: 512, minTasks: 1, maxTasks: 2 },
  },
  edge: { wafRequestsPerFiveMinutes: 20_000, accessLogDays: 30 },
  observability: { logDays: 30, alarmEmail: 'stage-alarms@atrium.example', monthlyBudgetUsd: 1_200 },
};

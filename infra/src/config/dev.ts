import type { StageConfig } from './stage-config.js';

const small = { cpu: 256, memory: 512, minTasks: 1, maxTasks: 2 } as const;

/** For trying things: the cheapest that has every part. Its data may go with a stack. */
export const dev: StageConfig = {
  name: 'dev',
  region: 'eu-central-1',
  dataMayBeDeleted: true,
  dns: {
    zoneName: 'dev.atrium.example',
    zoneId: 'Z00000000000000000DEV',
    apiName: 'api.dev.atrium.example',
    appUrl: 'https://app.dev.atrium.example',
  },
  network: {
    cidr: '10.10.0.0/16',
    zones: ['eu-central-1a', 'eu-central-1b'],
    // One is half the price, and an outage of its zone may stop development.
    natGateways: 1,
    interfaceEndpoints: [],
    flowLogDays: 7,
  },
  postgres: { instanceType: 't4g.micro', storageGib: 20, maxStorageGib: 50, multiAz: false, backupDays: 1, poolSize: 4 },
  state: { maxGb: 1, maxUnitsPerSecond: 1_000 },
  clickHouse: {
    mode: 'ec2',
    instanceType: 't4g.medium',
    version: '25.8.10.7',
    volumeGib: 20,
    volumeIops: 3_000,
    volumeMibPerSecond: 125,
    backupDays: 3,
  },
  mail: { smtpUrl: 'smtps://email-smtp.eu-central-1.amazonaws.com:465', from: 'Atrium dev <no-reply@dev.atrium.example>' },
  secrets: { rotationDays: 30 },
  processes: {
    gateway: small,
    auth: { ...small, cpu: 512, memory: 1_024 },
    users: small,
    gallery: small,
    // A decoder may take 320 MiB beside the worker itself.
    'gallery-worker': { ...small, cpu: 512, memory: 1_024 },
    events: { ...small, cpu: 512, memory: 1_024 },
    'events-worker': { ...small, cpu: 512, memory: 1_024 },
    mailer: small,
  },
  edge: { wafRequestsPerFiveMinutes: 10_000, accessLogDays: 7 },
  observability: { logDays: 7, alarmEmail: 'dev-alarms@atrium.example', monthlyBudgetUsd: 400 },
};

import { z } from 'zod';
import { processNames } from '../services/process-names.js';

const cpuUnits = z.literal([256, 512, 1024, 2048, 4096, 8192]);

/** Size of a process's tasks, and between how many of them autoscaling chooses. */
const processSize = z
  .strictObject({
    /** CPU units of a task; 1024 are one vCPU. */
    cpu: cpuUnits,
    /** MiB of a task, the containers beside the app's included. Fargate takes 2 to 8 times the CPU units. */
    memory: z.int().min(512).max(61_440),
    minTasks: z.int().min(1).max(100),
    maxTasks: z.int().min(1).max(400),
  })
  .refine(({ cpu, memory }) => memory >= cpu * 2 && memory <= cpu * 8, 'memory must be 2 to 8 times cpu')
  .refine(({ minTasks, maxTasks }) => minTasks <= maxTasks, 'minTasks must not be above maxTasks');

const clickHouse = z.discriminatedUnion('mode', [
  z.strictObject({
    mode: z.literal('ec2'),
    /** A Graviton type: the machine image is for arm64. */
    instanceType: z.string().regex(/^[a-z]+\d+g[a-z]*\.\w+$/, 'must be a Graviton type'),
    /** Release of the packages, exactly, e.g. `25.8.10.7`: upgrades are changes of this line. */
    version: z.string().regex(/^\d+\.\d+\.\d+\.\d+$/),
    /** GiB of the gp3 volume with the tables. */
    volumeGib: z.int().min(20).max(16_384),
    /** IO operations a second and MiB a second of that volume; 3000 and 125 come with its price. */
    volumeIops: z.int().min(3_000).max(16_000),
    volumeMibPerSecond: z.int().min(125).max(1_000),
    /** Days for which daily backups are kept in S3. */
    backupDays: z.int().min(1).max(365),
  }),
  z.strictObject({
    mode: z.literal('cloud'),
    /** HTTPS endpoint of the service, with its port. */
    url: z.url({ protocol: /^https$/ }),
  }),
]);

const downloads = z.strictObject({
  /** Name in the stage's zone under which files are downloaded. */
  name: z.hostname(),
  /** Public keys of those who sign URLs, PEM, ECDSA P-256 or RSA 2048; two while they change. */
  publicKeys: z.array(z.string().regex(/^-----BEGIN PUBLIC KEY-----\n[\s\S]+\n-----END PUBLIC KEY-----\n$/)).min(1).max(2),
  /** Whether the gallery signs for it: once its private key is in `gallery/downloads-key`. Until then downloads come from S3. */
  inUse: z.boolean(),
});
export type DownloadsConfig = z.output<typeof downloads>;

/** A way for tools inside the company to the analysts' port of events. */
const analysts = z.strictObject({
  /** Name in the stage's zone. */
  name: z.hostname(),
  /** IPv4 ranges of the company's network, which reaches the VPC by VPN, peering or transit gateway; none where ports are forwarded alone. */
  ranges: z.array(z.cidrv4().refine((range) => !range.endsWith('/0'), 'must not be the whole internet')),
});

export const stageConfig = z.strictObject({
  name: z.enum(['dev', 'stage', 'prod']),
  region: z.string().regex(/^[a-z]{2}-[a-z]+-\d$/),
  /** Whether deleting a stack or a resource deletes its data. Only where nothing of value is. */
  dataMayBeDeleted: z.boolean(),
  dns: z.strictObject({
    /** Hosted zone in Route 53, which exists before the first deployment. */
    zoneName: z.hostname(),
    zoneId: z.string().regex(/^Z[0-9A-Z]{1,31}$/),
    /** Name of the API in that zone. */
    apiName: z.hostname(),
    /** Base URL of the web app: links in mails, CORS, passkeys. */
    appUrl: z.url({ protocol: /^https$/ }),
  }),
  network: z.strictObject({
    /** IPv4 range of the VPC. */
    cidr: z.cidrv4(),
    /** Availability zones; a load balancer needs two. */
    zones: z.array(z.string()).min(2).max(3),
    /** NAT gateways: with one, an outage of its zone cuts all of them off from the internet. */
    natGateways: z.int().min(1).max(3),
    /** AWS services that are reached by interface endpoints instead of through NAT. */
    interfaceEndpoints: z.array(z.enum(['sqs', 'secretsmanager', 'ecr.api', 'ecr.dkr', 'logs'])),
    /** Days for which flow logs are kept. */
    flowLogDays: z.literal([1, 3, 7, 14, 30, 90, 365]),
  }),
  postgres: z.strictObject({
    /** Class without `db.`; Graviton. */
    instanceType: z.string().regex(/^[a-z]+\d+g[a-z]*\.\w+$/, 'must be a Graviton type'),
    /** GiB at first, and the most to which storage grows by itself. */
    storageGib: z.int().min(20),
    maxStorageGib: z.int().min(20),
    multiAz: z.boolean(),
    /** Days to any second of which the database can be restored. */
    backupDays: z.int().min(1).max(35),
    /** Connections of a task; all tasks' must fit the class, also while a deployment doubles them. */
    poolSize: z.int().min(2).max(50),
  }),
  state: z.strictObject({
    /** GB and ElastiCache processing units a second beyond which Valkey refuses: bounds the bill. */
    maxGb: z.int().min(1).max(5_000),
    maxUnitsPerSecond: z.int().min(1_000).max(15_000_000),
  }),
  clickHouse,
  /** Downloads by CloudFront; unset, they come from S3. */
  downloads: downloads.optional(),
  /** Unset, tools reach events by the HTTP API alone. */
  analysts: analysts.optional(),
  mail: z.strictObject({
    smtpUrl: z.url({ protocol: /^smtps$/ }),
    from: z.string(),
  }),
  secrets: z.strictObject({
    /** Days between two rotations of database passwords. */
    rotationDays: z.int().min(1).max(365),
  }),
  processes: z.record(z.enum(processNames), processSize),
  edge: z.strictObject({
    /** Requests of one address in five minutes beyond which WAF answers 403; far above the gateway's own limits. */
    wafRequestsPerFiveMinutes: z.int().min(100).max(2_000_000_000),
    /** Days for which access logs are kept. */
    accessLogDays: z.int().min(1).max(3_650),
  }),
  observability: z.strictObject({
    /** Days for which logs are kept. */
    logDays: z.literal([1, 3, 7, 14, 30, 90, 365]),
    /** Who hears alarms. */
    alarmEmail: z.email(),
    /** US dollars a month; alarms at 80 % spent and at 100 % forecast. */
    monthlyBudgetUsd: z.int().min(1),
  }),
});
export type StageConfig = z.output<typeof stageConfig>;

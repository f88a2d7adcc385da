import { generateKeyPairSync } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { readdirSync, readFileSync } from 'node:fs';
import { configurationHolds } from '../test/configuration.js';
import { costHolds } from '../test/cost.js';
import { dataHolds } from '../test/data.js';
import { downloadsHold } from '../test/downloads.js';
import { edgeHolds } from '../test/edge.js';
import { messagingHolds } from '../test/messaging.js';
import { networkHolds } from '../test/network.js';
import { observabilityHolds } from '../test/observability.js';
import { orderHolds } from '../test/order.js';
import { permissionsHold } from '../test/permissions.js';
import { safetyHolds } from '../test/safety.js';
import { servicesHold } from '../test/services.js';
import { shapeHolds } from '../test/shape.js';
import { type Synthesized, synthesize, synthesizeConfig } from '../test/synthesized.js';
import { configOf } from './config/index.js';

// One synthesis a stage, which is slow, for all that is asked of it; it fails on findings of cdk-nag.
describe.each(['dev', 'stage', 'prod'])('%s', (name) => {
  let synthesized: Synthesized;
  const stage = () => synthesized;
  beforeAll(() => {
    synthesized = synthesize(name);
  }, 120_000);

  describe('order', () => orderHolds(stage));
  describe('network', () => networkHolds(stage));
  describe('messaging', () => messagingHolds(stage));
  describe('data', () => dataHolds(stage));
  describe('downloads', () => downloadsHold(stage));
  describe('edge', () => edgeHolds(stage));
  describe('services', () => servicesHold(stage));
  describe('configuration', () => configurationHolds(stage));
  describe('cost', () => costHolds(stage));
  describe('permissions', () => permissionsHold(stage));
  describe('observability', () => observabilityHolds(stage));
  describe('safety', () => safetyHolds(stage));
  describe('shape', () => shapeHolds(stage));
});

describe('a stage whose ClickHouse is elsewhere, and whose downloads come by CloudFront', () => {
  let synthesized: Synthesized;
  const stage = () => synthesized;
  beforeAll(() => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1', publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } });
    const clickHouse = { mode: 'cloud', url: 'https://abc.eu-central-1.aws.clickhouse.cloud:8443' } as const;
    synthesized = synthesizeConfig({ ...configOf('prod'), clickHouse, downloads: { name: 'files.atrium.example', publicKeys: [publicKey], inUse: true } });
  }, 120_000);

  it('has no machine, volume or backups of it, and tells services its address', () => {
    for (const type of ['AWS::AutoScaling::AutoScalingGroup', 'AWS::EC2::LaunchTemplate', 'AWS::EC2::Volume']) expect(stage().resources(type).size, type).toBe(0);
    const secrets = JSON.stringify([...stage().resources('AWS::SecretsManager::Secret', 'Data')]);
    expect(secrets).toContain('https://abc.eu-central-1.aws.clickhouse.cloud:8443');
    expect(secrets).not.toContain('clickhouse-admin');
  });

  describe('order', () => orderHolds(stage));
  describe('configuration', () => configurationHolds(stage));
  describe('downloads', () => downloadsHold(stage));
  describe('observability', () => observabilityHolds(stage));
  describe('safety', () => safetyHolds(stage));
});

it('accepts eight findings of cdk-nag at most, each with its reason beside it', () => {
  const sources = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts') && !path.endsWith('.spec.ts'));
  const calls = sources.flatMap((path) => readFileSync(`${import.meta.dirname}/${path}`, 'utf8').match(/acknowledge\(\n?[^;]*?AwsSolutions-/g) ?? []);
  expect(calls.length).toBeGreaterThan(0);
  expect(calls.length).toBeLessThanOrEqual(8);
});

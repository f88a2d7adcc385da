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
import { servicesHold } from '../test/services.js';
import { type Synthesized, synthesize } from '../test/synthesized.js';

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
});

it('accepts eight findings of cdk-nag at most, each with its reason beside it', () => {
  const sources = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts') && !path.endsWith('.spec.ts'));
  const calls = sources.flatMap((path) => readFileSync(`${import.meta.dirname}/${path}`, 'utf8').match(/acknowledge\(\n?[^;]*?AwsSolutions-/g) ?? []);
  expect(calls.length).toBeGreaterThan(0);
  expect(calls.length).toBeLessThanOrEqual(8);
});

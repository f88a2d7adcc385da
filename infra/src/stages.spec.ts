import { beforeAll, describe } from 'vitest';
import { dataHolds } from '../test/data.js';
import { messagingHolds } from '../test/messaging.js';
import { networkHolds } from '../test/network.js';
import { type Synthesized, synthesize } from '../test/synthesized.js';

// One synthesis a stage, which is slow, for all that is asked of it; it fails on findings of cdk-nag.
describe.each(['dev', 'stage', 'prod'])('%s', (name) => {
  let synthesized: Synthesized;
  const stage = () => synthesized;
  beforeAll(() => {
    synthesized = synthesize(name);
  }, 120_000);

  describe('network', () => networkHolds(stage));
  describe('messaging', () => messagingHolds(stage));
  describe('data', () => dataHolds(stage));
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { buildApp } from '../build-app.js';
import { configOf } from '../config/index.js';
import { estimate } from '../cost/estimate.js';
import { report } from '../cost/report.js';
import { NoPriceError, type Resources } from '../cost/template.js';
import { usages } from '../cost/usage.js';

const template = z.object({ Resources: z.record(z.string(), z.looseObject({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).optional() })) });

/** Nobody builds images from these templates. */
const quick = { 'aws:cdk:disable-asset-staging': true, 'aws:cdk:disable-stack-trace': true };

const config = configOf(process.argv[2]);
const outdir = mkdtempSync(join(tmpdir(), 'atrium-cost-'));
try {
  const { stacks } = buildApp(config, { outdir, treeMetadata: false, context: quick }).app.synth();
  const resources: Record<string, Resources> = Object.fromEntries(stacks.map((stack) => [stack.id, template.parse(stack.template).Resources]));
  process.stdout.write(report(config, estimate(resources, usages[config.name]), usages[config.name]));
} catch (error) {
  if (!(error instanceof NoPriceError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
} finally {
  rmSync(outdir, { recursive: true });
}

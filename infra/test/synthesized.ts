import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildApp } from '../src/build-app.js';
import { configOf, type StageConfig } from '../src/config/index.js';

export interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly DeletionPolicy?: string;
  readonly DependsOn?: string | readonly string[];
}

/** A stage as CloudFormation gets it. Synthesis throws on every finding of cdk-nag that nobody acknowledged. */
export interface Synthesized {
  readonly config: StageConfig;
  /** Stacks in the order of deployment. */
  readonly order: readonly string[];
  /** Logical id → resource, of one stack or of all. */
  resources(type: string | undefined, stack?: string): Map<string, Resource>;
}

interface Templates {
  readonly [stack: string]: { readonly Resources?: Readonly<Record<string, Resource>> };
}

/** Nobody builds images from these templates, or looks for the line of a construct. */
const quick = { 'aws:cdk:disable-asset-staging': true, 'aws:cdk:disable-stack-trace': true };

export const synthesize = (stage: string): Synthesized => synthesizeConfig(configOf(stage));

export function synthesizeConfig(config: StageConfig): Synthesized {
  const outdir = mkdtempSync(join(tmpdir(), `atrium-${config.name}-`));
  const assembly = buildApp(config, { outdir, treeMetadata: false, context: quick }).app.synth();
  const templates: Templates = Object.fromEntries(assembly.stacks.map(({ id, template }) => [id, template]));
  rmSync(outdir, { recursive: true });
  return {
    config,
    order: assembly.stacks.map(({ id }) => id),
    resources: (type, stack) =>
      new Map(
        Object.entries(templates)
          .filter(([id]) => stack === undefined || id === stack)
          .flatMap(([id, { Resources = {} }]) => Object.entries(Resources).map(([name, resource]) => [`${id}/${name}`, resource] as const))
          .filter(([, resource]) => type === undefined || resource.Type === type),
      ),
  };
}

/** One property of each resource, by path. */
export const property = (resource: Resource, ...path: string[]): unknown =>
  path.reduce<unknown>((value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined), resource.Properties);

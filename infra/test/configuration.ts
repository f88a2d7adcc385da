import { parseConfig } from '@atrium/platform/config';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { property, type Resource, type Synthesized } from './synthesized.js';

/** Of each container: the module with its schema, and the schema's name in it. Paths from the repository's root. */
const schemas: Readonly<Record<string, readonly [module: string, name: string]>> = {
  gateway: ['apps/gateway/src/config.ts', 'gatewayConfig'],
  auth: ['apps/auth/src/config.ts', 'authConfig'],
  users: ['apps/users/src/config.ts', 'usersConfig'],
  gallery: ['apps/gallery/src/config.ts', 'galleryConfig'],
  'gallery-worker': ['apps/gallery/src/config.ts', 'galleryWorkerConfig'],
  events: ['apps/events/src/config.ts', 'eventsConfig'],
  'events-worker': ['apps/events/src/config.ts', 'eventsWorkerConfig'],
  mailer: ['apps/mailer/src/config.ts', 'mailerConfig'],
  provision: ['libs/platform/src/config/environment.ts', 'provisioningConfig'],
  migrate: ['libs/platform/src/config/environment.ts', 'migrationConfig'],
  'signing-key': ['apps/auth/src/config.ts', 'rotationConfig'],
  'encryption-key': ['apps/auth/src/config.ts', 'encryptionRotationConfig'],
  rotate: ['apps/events/src/config.ts', 'eventsRotationConfig'],
  'events provision': ['apps/events/src/config.ts', 'eventsProvisioningConfig'],
  'events migrate': ['apps/events/src/config.ts', 'eventsMigrationConfig'],
};

const variable = z.object({ Name: z.string(), Value: z.unknown() });
const container = z.object({ Name: z.string(), Environment: z.array(variable).default([]) });

interface Container {
  readonly label: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** What CloudFormation fills in, as it may look. */
function filledIn(value: unknown): string {
  if (typeof value === 'string') return value;
  const join = z.object({ 'Fn::Join': z.tuple([z.string(), z.array(z.unknown())]) }).safeParse(value);
  if (join.success) return join.data['Fn::Join'][1].map(filledIn).join(join.data['Fn::Join'][0]);
  const ref = z.object({ Ref: z.string() }).safeParse(value);
  if (ref.data?.Ref === 'AWS::AccountId') return '123456789012';
  if (ref.data?.Ref === 'AWS::URLSuffix') return 'amazonaws.com';
  return 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:some-secret';
}

function containersOf(resource: Resource): Container[] {
  const family = String(property(resource, 'Family'));
  return z
    .array(container)
    .parse(property(resource, 'ContainerDefinitions'))
    .filter(({ Name }) => Name !== 'traces')
    .map(({ Name, Environment }) => ({
      label: family.endsWith('-events-release') ? `events ${Name}` : Name,
      environment: Object.fromEntries(Environment.map((one) => [one.Name, filledIn(one.Value)])),
    }));
}

/** Of the container or step of this label. */
export async function schemaOf(label: string): Promise<z.ZodType> {
  const [path, name] = schemas[label] ?? [];
  const module: unknown = await import(/* @vite-ignore */ new URL(`../../${path}`, import.meta.url).pathname);
  const schema: unknown = typeof module === 'object' && module !== null && name ? Reflect.get(module, name) : undefined;
  if (!(schema instanceof z.ZodType)) throw new Error(`${path} has no schema ${name}.`);
  return schema;
}

/** The variables that a configuration reads. */
export const knownVariables = (schema: z.ZodType): string[] => {
  const object = schema instanceof z.ZodPipe ? schema.in : schema;
  return object instanceof z.ZodObject ? Object.keys(object.shape) : [];
};

/** What Node and the SDK read, rather than the configuration. */
const ofTheRuntime = ['NODE_ENV'];

/** Every process and step gets the variables that its own configuration demands, with values that it takes. */
export function configurationHolds(stage: () => Synthesized): void {
  const all = () => [...stage().resources('AWS::ECS::TaskDefinition').values()].flatMap(containersOf);

  it.each(Object.keys(schemas))('gives %s what its configuration demands', async (label) => {
    const containers = all().filter((one) => one.label === label);
    expect(containers).not.toHaveLength(0);
    const schema = await schemaOf(label);
    for (const { environment } of containers) expect(() => parseConfig(label, schema, environment)).not.toThrow();
  });

  it.each(Object.keys(schemas).filter((label) => !/provision|migrate|key|rotate/.test(label)))('gives %s nothing that it does not know', async (label) => {
    const names = knownVariables(await schemaOf(label));
    expect(names).toContain('AWS_REGION');
    for (const { environment } of all().filter((one) => one.label === label)) {
      expect(Object.keys(environment).filter((name) => !names.includes(name) && !ofTheRuntime.includes(name))).toEqual([]);
    }
  });

  it('has a schema for every container that it runs', () => {
    expect(new Set(all().map(({ label }) => label))).toEqual(new Set(Object.keys(schemas)));
  });
}

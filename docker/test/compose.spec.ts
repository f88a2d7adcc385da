import { readFileSync } from 'node:fs';
import { parseConfig } from '@atrium/platform/config';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { composeDocument, composeServices } from './compose.js';
import { knownVariables, schemaOf } from '../../infra/test/configuration.js';
import { processNames } from '../../infra/src/services/process-names.js';

const services = composeServices();
const ofTheSdk = /^AWS_(SHARED_CREDENTIALS_FILE|ENDPOINT_URL_[A-Z0-9_]+)$/;

/** The scripts that a release runs, each with the label of its schema. */
const releaseSteps = [
  [/provision\.js/, 'provision'],
  [/rotate-signing-key\.js/, 'signing-key'],
  [/rotate-encryption-key\.js/, 'encryption-key'],
  [/migrate\.js/, 'migrate'],
] as const;
const releases = Object.keys(services).filter((name) => name.endsWith('-release'));

const environmentOf = (name: string): Readonly<Record<string, string>> => services[name]?.environment ?? {};

describe('the compose file', () => {
  it('is valid by the schema of the Compose specification', () => {
    // Of a linter of compose files, which brings it along.
    const path = new URL('../../node_modules/dclint/schemas/compose.schema.json', import.meta.url);
    const ajv = addFormats.default(new Ajv({ strict: false, allErrors: true, validateSchema: false }));
    const validate = ajv.compile(JSON.parse(readFileSync(path, 'utf8')));
    expect(validate(composeDocument()), JSON.stringify(validate.errors)).toBe(true);
    expect(validate({ services: { web: { image: 1 } } })).toBe(false);
  });

  it('runs every process of the platform, and a release for each app with a schema', () => {
    expect(Object.keys(services)).toEqual(expect.arrayContaining([...processNames]));
    expect(releases.sort()).toEqual(['auth', 'events', 'gallery', 'mailer', 'users'].map((app) => `${app}-release`));
  });

  it.each([...processNames])('gives %s what its configuration demands, and nothing that it does not know', async (name) => {
    const schema = await schemaOf(name);
    expect(() => parseConfig(name, schema, environmentOf(name))).not.toThrow();
    const known = knownVariables(schema);
    expect(known).toContain('AWS_REGION');
    expect(Object.keys(environmentOf(name)).filter((variable) => !known.includes(variable) && !ofTheSdk.test(variable))).toEqual([]);
  });

  it.each(releases)('gives each step of %s what its configuration demands', async (name) => {
    const command = services[name]?.command.join(' ') ?? '';
    const steps = releaseSteps.filter(([script]) => script.test(command)).map(([, label]) => label);
    expect(steps).toEqual(expect.arrayContaining(['provision', 'migrate']));
    for (const step of steps) {
      const schema = await schemaOf(name === 'events-release' ? `events ${step}` : step);
      expect(() => parseConfig(name, schema, environmentOf(name))).not.toThrow();
    }
  });

  it('starts no process before its release is done', () => {
    for (const name of processNames.filter((one) => one !== 'gateway')) {
      const release = `${name.replace(/-worker$/, '')}-release`;
      expect(services[name]?.depends_on).toEqual({ [release]: { condition: 'service_completed_successfully' } });
    }
  });

  it('names every image that it does not build by an exact version', () => {
    const built = new Set(Object.values(services).flatMap(({ build, image }) => (build ? [image] : [])));
    const foreign = Object.values(services).map(({ image }) => image).filter((image) => !built.has(image));
    expect(foreign).toHaveLength(3);
    for (const image of foreign) expect(image).toMatch(/:\d+\.\d+(\.\d+)*(-[a-z]+)?$/);
  });

  it('publishes ports on this machine alone', () => {
    const ports = Object.values(services).flatMap((one) => one.ports);
    expect(ports.length).toBeGreaterThan(0);
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  it('holds no password', () => {
    for (const [name, { environment }] of Object.entries(services)) {
      expect(Object.keys(environment).filter((variable) => /PASSWORD|SECRET_ACCESS_KEY|TOKEN$/.test(variable) && !variable.endsWith('_FILE')), name).toEqual([]);
    }
  });

  it('runs every process of ours with a root that is read-only', () => {
    for (const name of [...processNames, ...releases]) expect(services[name]?.read_only, name).toBe(true);
  });
});

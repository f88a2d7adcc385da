import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { type Buildah, output } from './buildah.js';
import { makeBaseImages } from './substitutes.js';

const all = ['gateway', 'auth', 'users', 'gallery', 'events', 'mailer'] as const;

/** Of the apps named in IMAGES, or of all, which takes minutes. */
export const apps: readonly string[] = process.env['IMAGES'] === undefined ? all : all.filter((app) => process.env['IMAGES']?.split(',').includes(app));
export const isComplete = apps.length === all.length;

const root = fileURLToPath(new URL('../../', import.meta.url));
const architecture = { x64: 'amd64', arm64: 'arm64' }[process.arch as string] ?? process.arch;

const inspected = z.object({
  Docker: z.object({
    config: z.object({
      User: z.string(),
      WorkingDir: z.string(),
      Env: z.array(z.string()),
      Cmd: z.array(z.string()),
      Volumes: z.record(z.string(), z.unknown()).nullish(),
      Healthcheck: z.object({ Test: z.array(z.string()) }),
    }),
  }),
});
type ImageConfig = z.output<typeof inspected>['Docker']['config'];

export interface BuiltImage {
  readonly config: ImageConfig;
  readonly environment: Readonly<Record<string, string>>;
  /** Folder of its files. */
  readonly files: string;
  /** Of its files, as an engine counts them. */
  readonly bytes: number;
}

/** The images of all apps and of the local AWS, by the Dockerfiles that a user builds with and substitutes for what they begin with. */
export async function buildImages(buildah: Buildah): Promise<ReadonlyMap<string, BuiltImage>> {
  const npm = dirname(dirname(output('sh', ['-c', 'readlink -f "$(command -v npm)"']).trim()));
  const { node, base } = makeBaseImages(buildah, { node: `${root}node_modules/node/bin/node`, npm });
  const common = ['--layers', '--format', 'docker', '--pull-never', '--build-arg', `NODE_IMAGE=${node}`];
  const build = (app: string) =>
    buildah.build(...common, '--file', `${root}docker/Dockerfile`, '--build-arg', `BASE_IMAGE=${base}`, '--build-arg', `TARGETARCH=${architecture}`, '--build-arg', `APP=${app}`, '--tag', app, root);
  const localAws = () => {
    const ignore = ['--ignorefile', `${root}docker/local-aws.Dockerfile.dockerignore`];
    return buildah.build(...common, ...ignore, '--file', `${root}docker/local-aws.Dockerfile`, '--tag', 'local-aws', root);
  };
  const [first, ...others] = apps;
  // The first compiles for all of them; the rest two at a time, since packing and unpacking take most of it.
  if (first === undefined) throw new Error(`IMAGES names none of ${all.join(', ')}.`);
  await build(first);
  const waiting = [localAws, ...others.map((app) => () => build(app))];
  const lane = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) await next();
  };
  await Promise.all([lane(), lane()]);
  return new Map([...apps, 'local-aws'].map((name) => [name, builtImage(buildah, `localhost/${name}`)]));
}

function builtImage(buildah: Buildah, name: string): BuiltImage {
  const { Docker } = inspected.parse(JSON.parse(buildah.run('inspect', '--type', 'image', name)));
  const files = buildah.run('mount', buildah.run('from', '--pull-never', name));
  const environment = Object.fromEntries(Docker.config.Env.map((one) => [one.slice(0, one.indexOf('=')), one.slice(one.indexOf('=') + 1)]));
  const bytes = Number(output('du', ['--summarize', '--bytes', '--one-file-system', files]).split('\t')[0]);
  return { config: Docker.config, environment, files, bytes };
}

import { cpSync, existsSync, lstatSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Buildah, output } from './buildah.js';

/** Where no registry can be reached: images of the same content as those that the Dockerfile names, out of this machine's own files. */
export interface BaseImages {
  /** As `node:…-bookworm-slim`. */
  readonly node: string;
  /** As distroless's `cc-debian12`. */
  readonly base: string;
}

/** Debian's packages of distroless's image. */
const basePackages = ['base-files', 'ca-certificates', 'gcc-12-base', 'libc6', 'libgcc-s1', 'libstdc++6', 'netbase', 'tzdata'];
/** What npm and the Dockerfile's commands need. */
const toolPackages = ['coreutils', 'dash', 'findutils', 'grep', 'sed', 'util-linux'];
const toolLibraries = ['libacl1', 'libattr1', 'libgmp10', 'libpcre2-8-0', 'libselinux1'];

/** Left out of slim images. */
const leftOut = /^\/usr\/share\/(doc|man|locale|info|lintian)\//;
const passwd = { '/etc/passwd': 'root:x:0:0:root:/root:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\n', '/etc/group': 'root:x:0:\nnode:x:1000:\n' };

export function makeBaseImages(buildah: Buildah, { node, npm }: { node: string; npm: string }): BaseImages {
  const nodeRoot = systemOf(buildah.workFolder('node-root'), [...basePackages, ...toolPackages, ...toolLibraries]);
  place(nodeRoot, '/usr/local/bin/node', node);
  place(nodeRoot, '/usr/local/lib/node_modules/npm', npm);
  symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(nodeRoot, 'usr/local/bin/npm'));
  for (const [path, text] of Object.entries(passwd)) writeFileSync(join(nodeRoot, path), text);
  // The registry may be reached through a proxy whose certificate this machine trusts.
  const trusted = '/etc/ssl/certs/ca-certificates.crt';
  if (existsSync(trusted)) place(nodeRoot, trusted, trusted);
  const baseRoot = systemOf(buildah.workFolder('base-root'), basePackages);
  return { node: imageOf(buildah, nodeRoot, 'substitute/node', { NODE_EXTRA_CA_CERTS: trusted }), base: imageOf(buildah, baseRoot, 'substitute/base') };
}

/** The files of installed packages, in a tree whose `/bin`, `/lib` and so on lead to `/usr`, as Debian's do. */
function systemOf(root: string, packages: readonly string[]): string {
  for (const folder of ['bin', 'sbin', 'lib', 'lib64']) {
    mkdirSync(join(root, 'usr', folder), { recursive: true });
    symlinkSync(`usr/${folder}`, join(root, folder));
  }
  for (const folder of ['dev', 'proc', 'sys', 'tmp', 'etc', 'root']) mkdirSync(join(root, folder));
  const paths = new Set(output('dpkg', ['--listfiles', ...packages]).split('\n'));
  for (const path of paths) {
    if (!path.startsWith('/') || leftOut.test(path) || ['/bin', '/sbin', '/lib', '/lib64'].includes(path)) continue;
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found && !found.isDirectory()) place(root, path, path);
  }
  return root;
}

function place(root: string, path: string, from: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  cpSync(from, join(root, path), { recursive: true, verbatimSymlinks: true });
}

function imageOf(buildah: Buildah, root: string, name: string, environment: Readonly<Record<string, string>> = {}): string {
  const container = buildah.run('from', 'scratch');
  buildah.run('add', container, root, '/');
  const variables = Object.entries({ PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', ...environment });
  buildah.run('config', ...variables.flatMap(([key, value]) => ['--env', `${key}=${value}`]), container);
  buildah.run('commit', '--rm', container, name);
  return `localhost/${name}`;
}

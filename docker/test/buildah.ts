import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Whether images can be built and run here: buildah, and root, who may mount. */
export const canBuild = process.getuid?.() === 0 && spawnSync('buildah', ['--version']).status === 0;

/** Builds images without a container engine, in a store of its own that goes with it. */
export class Buildah {
  private readonly folder = mkdtempSync(join(tmpdir(), 'atrium-buildah-'));
  private readonly store: readonly string[];

  constructor() {
    this.store = ['--root', join(this.folder, 'store'), '--runroot', join(this.folder, 'run'), '--storage-driver', 'overlay'];
  }

  /** An empty folder beside the images. */
  workFolder(name: string): string {
    const folder = join(this.folder, name);
    mkdirSync(folder);
    return folder;
  }

  /** @returns what it printed. Throws with all that it said when it fails. */
  run(...args: readonly string[]): string {
    const { status, stdout, stderr } = spawnSync('buildah', [...this.store, ...args], { encoding: 'utf8', env: this.environment(), maxBuffer: 64 * 1024 ** 2 });
    if (status !== 0) throw new Error(`buildah ${args.join(' ')} failed:\n${stdout.slice(-4_000)}${stderr.slice(-4_000)}`);
    return stdout.trim();
  }

  /** As {@link run}, while others run. */
  async build(...args: readonly string[]): Promise<void> {
    const child = spawn('buildah', [...this.store, 'build', ...args], { env: this.environment(), stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-8_000)));
    const status = await new Promise((resolve) => child.on('close', resolve));
    if (status !== 0) throw new Error(`buildah build ${args.join(' ')} failed:\n${said}`);
  }

  remove(): void {
    this.run('rm', '--all');
    this.run('rmi', '--all', '--force');
    // The store keeps its own folder mounted.
    spawnSync('umount', ['--recursive', join(this.folder, 'store', 'overlay')]);
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** What RUN --mount=type=cache keeps lies in TMPDIR: npm's packages, from one run to the next. */
  private environment(): NodeJS.ProcessEnv {
    return { ...process.env, BUILDAH_ISOLATION: 'chroot' };
  }
}

export const output = (command: string, args: readonly string[]): string => execFileSync(command, args, { encoding: 'utf8', maxBuffer: 64 * 1024 ** 2 });

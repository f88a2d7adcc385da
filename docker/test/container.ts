import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface ContainerPlan {
  readonly name: string;
  /** Folder of the image's files. */
  readonly root: string;
  readonly workingFolder: string;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** `host folder:folder within`, writable where nothing else is said, as Compose has them. */
  readonly volumes: readonly string[];
  /** Folders within that are empty and writable. */
  readonly scratch: readonly string[];
}

/**
 * As an engine runs it, but on this machine's network: a file system of its own whose root is read-only, processes of its
 * own, user 1000 without capabilities or a way to new ones.
 */
const script = `set -e
root="$1"; folder="$2"; volumes="$3"; scratch="$4"; shift 4
mount --make-rprivate /
mount --bind "$root" "$root"
mount --types proc proc "$root/proc"
mount --rbind /dev "$root/dev"
for volume in $volumes; do
  within="$root\${volume#*:}"; options=rw
  case "$within" in *:ro) within="\${within%:ro}"; options=ro;; esac
  mount --bind "\${volume%%:*}" "$within"
  mount --options "remount,bind,$options" "$within"
done
for within in $scratch; do mount --types tmpfs --options size=256m,uid=1000,gid=1000,mode=0700 tmpfs "$root$within"; done
mount --options remount,bind,ro "$root"
exec /usr/bin/setpriv --no-new-privs /usr/bin/unshare --root="$root" --wd="$folder" --setgid=1000 --setuid=1000 -- "$@"`;

const stopMs = 30_000;

/** A process of an image. */
export class Container {
  private said = '';
  private readonly ended: Promise<number | null>;

  private constructor(
    private readonly name: string,
    private readonly child: ChildProcess,
  ) {
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text: string) => (this.said += text));
    this.ended = new Promise((resolve) => child.once('close', (code) => resolve(code)));
  }

  static start({ name, root, workingFolder, command, environment, volumes, scratch }: ContainerPlan): Container {
    const within = volumes.map((volume) => volume.split(':')[1] ?? '');
    for (const folder of ['/proc', '/dev', ...within, ...scratch]) mkdirSync(join(root, folder), { recursive: true });
    const args = ['--mount', '--pid', '--ipc', '--fork', '--kill-child', '/bin/sh', '-c', script, 'container'];
    const child = spawn('/usr/bin/unshare', [...args, root, workingFolder, volumes.join(' '), scratch.join(' '), ...command], {
      env: { ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new Container(name, child);
  }

  /** Everything that it printed. */
  get output(): string {
    return this.said;
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Resolves when it ended well; rejects with its last words when not. */
  async succeeded(): Promise<void> {
    const code = await this.ended;
    if (code !== 0) throw new Error(`${this.name} ended with ${code}:\n${this.said.slice(-3_000)}`);
  }

  /** SIGTERM to its first process, as an engine stops it. Resolves with the exit code. */
  async stop(): Promise<number | null> {
    const children = this.running ? readFileSync(`/proc/${this.child.pid}/task/${this.child.pid}/children`, 'utf8').trim() : '';
    if (children) process.kill(Number(children.split(' ')[0]), 'SIGTERM');
    const forced = setTimeout(() => this.child.kill('SIGKILL'), stopMs);
    const code = await this.ended;
    clearTimeout(forced);
    return code;
  }
}

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort } from '@atrium/local';
import { until } from './until.js';

/** Ceph's S3, the strictest that needs no account: a monitor, one object store in memory, and the gateway. */
export interface RadosGateway {
  readonly endpoint: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  stop(): Promise<void>;
}

const programs = ['ceph', 'radosgw', 'radosgw-admin', 'ceph-mon', 'ceph-osd', 'ceph-authtool', 'monmaptool'];

/** Whether its programs are on the PATH (Debian: radosgw, ceph-mon, ceph-osd). */
export const hasRadosGateway = (): boolean => programs.every((program) => !spawnSync(program, ['--version']).error);

const configuration = (folder: string, fsid: string, ports: { readonly mon: number; readonly gateway: number }): string => `
[global]
fsid = ${fsid}
mon host = v2:127.0.0.1:${ports.mon}
mon initial members = a
public addr = 127.0.0.1
cluster addr = 127.0.0.1
keyring = ${folder}/keyring
mon data = ${folder}/mon
osd data = ${folder}/osd
run dir = ${folder}
log file = ${folder}/$name.log
admin socket =
pid file =
# One store, one copy, in memory.
osd objectstore = memstore
memstore device bytes = 1073741824
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon max pg per osd = 1000
mon data avail crit = 0
# Pools are made while it starts; each waits for the monitor to agree with itself.
paxos propose interval = 0.02
paxos min wait = 0.01
rgw frontends = beast endpoint=127.0.0.1:${ports.gateway}
rgw thread pool size = 16
rgw run sync thread = false
rgw enable gc threads = false
rgw enable lc threads = false
`;

/** Starts one of its own in a folder of its own. Runs as any user, and needs no system service. Takes some five seconds. */
export async function startRadosGateway(): Promise<RadosGateway> {
  const folder = mkdtempSync(join(tmpdir(), 'atrium-radosgw-'));
  const ports = { mon: await findFreePort(), gateway: await findFreePort() };
  const fsid = randomUUID();
  const file = join(folder, 'ceph.conf');
  writeFileSync(file, configuration(folder, fsid, ports));
  for (const data of ['mon', 'osd']) mkdirSync(join(folder, data));
  const run = (program: string, ...args: string[]): void => {
    const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8', timeout: 60_000 });
    if (status !== 0) throw new Error(`${program} ended with ${status}: ${error?.message ?? stderr.slice(-500)}`);
  };
  const daemons: ChildProcess[] = [];
  const start = (program: string, ...args: string[]): void => {
    const output = openSync(join(folder, `${program}.out`), 'w');
    daemons.push(spawn(program, ['-f', ...args, '-c', file], { stdio: ['ignore', output, output] }));
  };
  const stop = async (): Promise<void> => {
    for (const daemon of daemons.reverse()) await end(daemon);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    makeKeys(run, join(folder, 'keyring'));
    run('monmaptool', '--create', '--fsid', fsid, '--addv', 'a', `[v2:127.0.0.1:${ports.mon}]`, join(folder, 'monmap'));
    run('ceph-mon', '--mkfs', '-i', 'a', '--keyring', join(folder, 'keyring'), '--monmap', join(folder, 'monmap'), '-c', file);
    start('ceph-mon', '-i', 'a');
    const osdId = randomUUID();
    run('ceph-osd', '--mkfs', '-i', '0', '-c', file, '--osd-uuid', osdId);
    run('ceph', '-c', file, 'osd', 'new', osdId);
    start('ceph-osd', '-i', '0');
    start('radosgw', '--name', 'client.admin');
    const endpoint = `http://127.0.0.1:${ports.gateway}`;
    await until('the gateway', async () => ((await fetch(endpoint).catch(() => undefined))?.ok ? true : undefined), { seconds: 60 });
    const credentials = { accessKeyId: 'AKIDSTRICT', secretAccessKey: randomUUID() };
    const user = ['user', 'create', '--uid', 'strict', '--display-name', 'strict'];
    run('radosgw-admin', '-c', file, ...user, '--access-key', credentials.accessKeyId, '--secret-key', credentials.secretAccessKey);
    return { endpoint, credentials, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function makeKeys(run: (program: string, ...args: string[]) => void, keyring: string): void {
  const everything = ['--cap', 'mon', 'allow *', '--cap', 'osd', 'allow *', '--cap', 'mgr', 'allow *'];
  run('ceph-authtool', '--create-keyring', keyring, '--gen-key', '-n', 'mon.', '--cap', 'mon', 'allow *');
  for (const name of ['client.admin', 'osd.0']) run('ceph-authtool', keyring, '--gen-key', '-n', name, ...everything);
}

async function end(daemon: ChildProcess): Promise<void> {
  if (daemon.exitCode !== null || daemon.signalCode !== null) return;
  const ended = once(daemon, 'exit');
  daemon.kill('SIGTERM');
  const timer = setTimeout(() => daemon.kill('SIGKILL'), 5_000);
  await ended;
  clearTimeout(timer);
}

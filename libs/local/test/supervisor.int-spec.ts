import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lockDataFolder } from '../src/supervisor/data-lock.js';
import { DemoFile } from '../src/supervisor/demo-account.js';
import { LogFile } from '../src/supervisor/log-file.js';

const newFolder = (): string => mkdtempSync(join(tmpdir(), 'atrium-supervisor-'));
const write = (log: LogFile, text: string): Promise<void> => new Promise((resolve) => log.write(text, () => resolve()));

describe('the log of a process', () => {
  it('never takes more than twice its limit, and keeps the newest lines', async () => {
    const file = join(newFolder(), 'logs', 'auth.log');
    const log = new LogFile(file, 1_000);
    for (let line = 0; line < 500; line += 1) await write(log, `line ${String(line).padStart(4, '0')}\n`);
    expect(statSync(file).size).toBeLessThanOrEqual(1_000);
    expect(statSync(`${file}.1`).size).toBeLessThanOrEqual(1_000);
    expect(readFileSync(file, 'utf8')).toMatch(/line 0499\n$/);
  });

  it('counts what an earlier start wrote', async () => {
    const file = join(newFolder(), 'auth.log');
    writeFileSync(file, 'x'.repeat(999));
    await write(new LogFile(file, 1_000), 'new\n');
    expect(readFileSync(file, 'utf8')).toBe('new\n');
  });

  it('drops a line that cannot be written, and goes on', async () => {
    const log = new LogFile('/dev/full');
    await write(log, 'lost\n');
    await write(log, 'lost as well\n');
    expect(log.destroyed).toBe(false);
  });
});

describe('the lock of a data folder', () => {
  it('is free after its release', () => {
    const folder = newFolder();
    lockDataFolder(folder).release();
    const again = lockDataFolder(folder);
    expect(again.stale).toBe(false);
    again.release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is taken over from a process that is dead', () => {
    const folder = newFolder();
    writeFileSync(join(folder, 'supervisor.pid'), '999999999');
    expect(lockDataFolder(folder).stale).toBe(true);
    expect(readFileSync(join(folder, 'supervisor.pid'), 'utf8')).toBe(String(process.pid));
  });

  it('is taken over from an empty or damaged file', () => {
    const folder = newFolder();
    writeFileSync(join(folder, 'supervisor.pid'), '');
    expect(lockDataFolder(folder).stale).toBe(true);
  });

  it('is refused while another supervisor lives, and leaves that one its lock', async () => {
    const folder = newFolder();
    const other = spawn('sh', ['-c', 'read -r _', 'supervisor'], { stdio: ['pipe', 'ignore', 'ignore'] });
    writeFileSync(join(folder, 'supervisor.pid'), String(other.pid));
    expect(() => lockDataFolder(folder)).toThrow(`Atrium runs on ${folder} already (process ${other.pid}): stop it, or set ATRIUM_DATA`);
    expect(readFileSync(join(folder, 'supervisor.pid'), 'utf8')).toBe(String(other.pid));
    expect(readdirSync(folder)).toEqual(['supervisor.pid']);
    other.stdin.end();
  });
});

describe('the file of the demo', () => {
  it('has the password before the account is registered, and the same one after a kill', () => {
    const folder = newFolder();
    const account = new DemoFile(folder).account();
    expect(new DemoFile(folder).account()).toEqual(account);
    expect(new DemoFile(folder).finished()).toBeUndefined();
  });

  it('is begun anew where it is damaged', () => {
    const folder = newFolder();
    writeFileSync(join(folder, 'demo.json'), '{');
    expect(new DemoFile(folder).finished()).toBeUndefined();
    expect(new DemoFile(folder).account().email).toBe('admin@demo.example.com');
    expect(existsSync(join(folder, 'demo.json'))).toBe(true);
  });
});

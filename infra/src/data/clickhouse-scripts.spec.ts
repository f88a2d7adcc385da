import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const script = (name: string) => new URL(`../../assets/clickhouse/${name}`, import.meta.url).pathname;
const hour = 3_600_000;
const day = 24 * hour;
const nameOf = (milliseconds: number) => new Date(milliseconds).toISOString().slice(0, 16).replace(/:(\d\d)$/, '$1');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'atrium-backup-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs a script of the machine, with the programs that it calls noting what they are told. */
function run(name: string, { lastFull = 'None', lastDaily = 'None', curlFails = false } = {}) {
  const log = join(folder, 'log');
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  const program = (called: string, body: string) => {
    writeFileSync(join(bin, called), `#!/bin/bash\n${body}\n`);
    chmodSync(join(bin, called), 0o755);
  };
  program('aws', `echo "aws $*" >> ${log}; case "$*" in *list-objects*done/full/*) echo "${lastFull}";; *list-objects*done/incremental/*) echo "${lastDaily}";; *get-secret*) echo '{"password":"pw"}';; *" cp - "*) cat > /dev/null;; esac`);
  program('jq', 'cat > /dev/null; echo pw');
  program('curl', `cat >> ${log}.stdin; echo "curl $*" >> ${log}; ${curlFails ? 'exit 22' : ''}`);
  program('df', 'echo "Use%"; echo " 41%"');
  writeFileSync(join(folder, 'settings'), "STAGE='dev'\nADMIN_SECRET_ID='admin'\nBACKUP_BUCKET='backups'\nBACKUP_URL='https://backups'\n");
  const { status } = spawnSync('bash', [script(name)], { env: { PATH: `${bin}:/usr/bin:/bin`, ATRIUM_CLICKHOUSE: join(folder, 'settings') } });
  const told = readFileSync(log, 'utf8');
  return { status, told, statement: /BACKUP DATABASE.*/.exec(told)?.[0] ?? '' };
}

describe('the hourly backup', () => {
  it.each([
    ['there is none yet', 'None'],
    ['the last one of everything is a week ago', `done/full/${nameOf(Date.now() - 7 * day)}`],
  ])('takes everything where %s', (_, lastFull) => {
    const { status, told, statement } = run('backup.sh', { lastFull });
    expect(status).toBe(0);
    expect(statement).toMatch(/^BACKUP DATABASE atrium, DATABASE analytics TO S3\('https:\/\/backups\/full\/\d{4}-\d\d-\d\dT\d{4}'\)$/);
    expect(told).toMatch(/cp - s3:\/\/backups\/done\/full\/\d{4}-\d\d-\d\dT\d{4}\n/);
  });

  const full = nameOf(Date.now() - 6 * day);
  const today = nameOf(Date.now() - 5 * hour);
  it.each([
    ['once a day what changed since the last one of everything', { lastFull: `done/full/${full}` }, `incremental full/${full}`],
    ['and again a day after that', { lastFull: `done/full/${full}`, lastDaily: `done/incremental/${nameOf(Date.now() - day)}` }, `incremental full/${full}`],
    ['in between what changed since the last of a day', { lastFull: `done/full/${full}`, lastDaily: `done/incremental/${today}` }, `hourly incremental/${today}`],
    ['on the first day what changed since the one of everything', { lastFull: `done/full/${today}`, lastDaily: `done/incremental/${full}` }, `hourly full/${today}`],
  ])('takes %s', (_, before, expected) => {
    const { status, told, statement } = run('backup.sh', before);
    expect(status).toBe(0);
    const [kind, base] = expected.split(' ');
    expect(statement).toMatch(new RegExp(`S3\\('https://backups/${kind}/[\\dT-]+'\\) SETTINGS base_backup = S3\\('https://backups/${base}'\\)$`));
    expect(told).toMatch(new RegExp(`cp - s3://backups/done/${kind}/`));
    expect(told).toContain('--namespace Atrium/dev --metric-name ClickHouseBackups --value 1');
  });

  it('tells of a failure, and leaves no marker of what is not there', () => {
    const { status, told } = run('backup.sh', { curlFails: true });
    expect(status).not.toBe(0);
    expect(told).toContain('--metric-name ClickHouseBackupFailures --value 1');
    expect(told).not.toContain(' cp - ');
    expect(told).not.toContain('--metric-name ClickHouseBackups ');
  });

  it('shows the password to no other process', () => expect(run('backup.sh').told).not.toMatch(/pw/));
});

describe('the watch', () => {
  it('tells how full the volume is, and that the server answers', () => {
    const { told } = run('watch.sh');
    expect(told).toContain('--metric-name ClickHouseDiskUsed --unit Percent --value 41');
    expect(told).toContain('--metric-name ClickHouseAnswers --value 1');
  });

  it('is silent about a server that does not answer', () => expect(run('watch.sh', { curlFails: true }).told).not.toContain('ClickHouseAnswers'));
});

it('is all valid bash', () => {
  for (const name of ['setup.sh', 'backup.sh', 'watch.sh']) expect(spawnSync('bash', ['-n', script(name)]).status, name).toBe(0);
});

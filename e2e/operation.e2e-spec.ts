import { randomUUID } from 'node:crypto';
import { createServer } from 'node:net';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { authEndpoints } from '@atrium/contracts/auth';
import { eventsEndpoints } from '@atrium/contracts/events';
import { findFreePorts, launchPlatform, password, type RunningPlatform, signedIn, startPlatform, until, World } from '@atrium/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    // A zombie has no memory of its own any more: its parent just hasn't asked yet.
    return !/^\S+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
};

describe('the local platform', () => {
  let platform: RunningPlatform;
  let world: World;

  const open = async (options: Parameters<typeof startPlatform>[0]): Promise<void> => {
    platform = await startPlatform(options);
    world = new World(platform.gateway, platform.mail);
  };

  const ingestion = (event: string) => ({
    headers: { 'x-write-key': platform.demo.write_key },
    body: { batch: [{ event_id: randomUUID(), event, user_id: 'u' }] },
  });

  beforeAll(() => open({ limitScale: 1 }));
  afterAll(async () => {
    await platform.stop();
    platform.removeData();
  });

  it('says where everything is, the demo credentials, and last that it is ready', () => {
    const { demo } = platform;
    const output = platform.output();
    for (const word of [demo.email, demo.password, demo.write_key, platform.mail, `${platform.gateway}/docs`]) expect(output).toContain(word);
    expect(output.trimEnd().split('\n').at(-1)).toBe(`Atrium is ready on ${platform.gateway}`);
  });

  it('refuses a second one on its data folder, in one line', async () => {
    await expect(startPlatform({ dataDir: platform.dataDir })).rejects.toThrow(/runs on .* already \(process \d+\): stop it, or set ATRIUM_DATA/);
  });

  it('limits a stranger to 100 requests an hour, and says when to come back', async () => {
    const login = { email: 'nobody@example.com', password: 'wrong password' };
    let answer: Response | undefined;
    for (let i = 0; i < 120 && answer?.status !== 429; i += 1) {
      answer = await fetch(`${platform.gateway}/api/v1/auth/verify-email`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ token: randomUUID() }),
      });
    }
    expect(answer?.status).toBe(429);
    expect(Number(answer?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(answer?.headers.get('x-ratelimit-limit')).toBe('100');
    expect(answer?.headers.get('x-ratelimit-remaining')).toBe('0');
    expect(await world.api.verdict(authEndpoints.login, { body: login })).toBe('429 RATE_LIMITED');
  });

  it('keeps every event that it answered 202, exactly once, when all of it is killed during ingestion', async () => {
    const event = `Order ${randomUUID()}`;
    const acknowledged = new Set<string>();
    const refused: number[] = [];
    let killed = false;
    const sender = async (): Promise<void> => {
      while (!killed) {
        const batch = Array.from({ length: 20 }, () => ({ event_id: randomUUID(), event, user_id: 'u' }));
        try {
          const response = await fetch(`${platform.gateway}${eventsEndpoints.ingestEvents.path}`, {
            method: 'POST',
            headers: { 'content-type': 'application/json', 'x-write-key': platform.demo.write_key },
            body: JSON.stringify({ batch }),
          });
          if (response.status === 202) for (const { event_id } of batch) acknowledged.add(event_id);
          // While everything dies one after the other, a gateway may still say that its service is gone.
          else if (!killed) refused.push(response.status);
        } catch {
          if (!killed) await delay(5);
        }
      }
    };
    const senders = Array.from({ length: 8 }, sender);
    await until('two thousand acknowledged events', async () => acknowledged.size >= 2000);
    killed = true;
    const before = platform.demo;
    await platform.kill();
    await Promise.all(senders);
    // As when the first start is killed while it makes the demo organization.
    writeFileSync(join(platform.dataDir, 'demo.json'), JSON.stringify({ email: before.email, password: before.password }));
    await open({ dataDir: platform.dataDir, ports: platform.ports, limitScale: 10_000 });

    const { email, password: demoPassword, organization_id } = platform.demo;
    expect({ email, organization_id }).toEqual({ email: before.email, organization_id: before.organization_id });
    const { access_token: token } = signedIn((await world.api.call(authEndpoints.login, { body: { email, password: demoPassword } })).body);
    const ids = async (): Promise<string[]> => {
      const query = 'SELECT toString(event_id) AS id FROM events WHERE event_name = {e:String} ORDER BY id LIMIT 10000';
      const answer = await world.api.call(eventsEndpoints.queryBySql, { token, body: { query, params: { e: event } } });
      return answer.body.data.map((row) => String(row['id']));
    };
    const stored = await until('every acknowledged event', async () => {
      const found = await ids();
      const known = new Set(found);
      return [...acknowledged].every((id) => known.has(id)) && found;
    }, { seconds: 120 });
    expect(new Set(stored).size, 'an event was stored twice').toBe(stored.length);
    expect(refused).toEqual([]);
    // What the worker held when it died comes back when its visibility timeout has run out.
  }, 180_000);

  it('finds accounts and sessions after that', async () => {
    const { email, password: demoPassword } = platform.demo;
    expect(await world.api.verdict(authEndpoints.login, { body: { email, password: demoPassword } })).toBe('200');
    expect(demoPassword).not.toBe(password);
  });

  it('starts a service again that ends unasked', async () => {
    process.kill(platform.pids['users'] ?? 0, 'SIGKILL');
    const health = `http://127.0.0.1:${platform.ports.users}/health/ready`;
    await until('users to be down', async () => !(await fetch(health).then((response) => response.ok, () => false)));
    await until('users to be back', async () => (await fetch(health)).ok, { seconds: 30 });
  });

  it('starts PostgreSQL again that was killed, and every service finds it without a restart', async () => {
    const ingest = () => world.api.verdict(eventsEndpoints.ingestEvents, ingestion('Before and after PostgreSQL'));
    const { email, password: demoPassword } = platform.demo;
    const login = () => world.api.verdict(authEndpoints.login, { body: { email, password: demoPassword } });
    process.kill(platform.pids['postgres'] ?? 0, 'SIGKILL');
    const answers = new Set<string>();
    await until('PostgreSQL to be back', async () => {
      for (const answer of await Promise.all([login(), ingest()])) answers.add(answer);
      return platform.output().includes('PostgreSQL is back');
    }, { seconds: 30 });
    // Nothing but success and "not now": no 500, nothing that hangs.
    expect([...answers].filter((answer) => !['200', '202', '503 UPSTREAM_UNAVAILABLE'].includes(answer))).toEqual([]);
    await until('login and ingestion to work', async () => (await login()) === '200' && (await ingest()) === '202', { seconds: 30 });
  });

  it('starts ClickHouse again that was killed, and stores what was accepted meanwhile', async () => {
    const event = `During the outage ${randomUUID()}`;
    process.kill(platform.pids['clickhouse'] ?? 0, 'SIGKILL');
    expect(await world.api.verdict(eventsEndpoints.ingestEvents, ingestion(event))).toBe('202');
    const { email, password: demoPassword } = platform.demo;
    const { access_token: token } = signedIn((await world.api.call(authEndpoints.login, { body: { email, password: demoPassword } })).body);
    await until('the event to be stored', async () => {
      const query = 'SELECT count() AS n FROM events WHERE event_name = {e:String}';
      const answer = await world.api.call(eventsEndpoints.queryBySql, { token, body: { query, params: { e: event } } });
      return Number(answer.body.data[0]?.['n']) === 1;
    }, { seconds: 40 });
    expect(platform.output()).toContain('ClickHouse is back');
  });

  it('stops within 10 s of SIGTERM and leaves no process behind', async () => {
    const pids = [platform.supervisorPid, ...Object.values(platform.pids)];
    const begin = Date.now();
    expect(await platform.stop()).toBe(0);
    expect(Date.now() - begin).toBeLessThan(10_000);
    expect(pids.filter(isAlive)).toEqual([]);
    for (const port of Object.values(platform.ports)) {
      await expect(fetch(`http://127.0.0.1:${port}/`), `port ${port}`).rejects.toThrow();
    }
  });
});

describe('a start that is stopped before its end', () => {
  it('leaves no process and no lock behind, and does not call it a failure', async () => {
    const { child, output, dataDir, ports } = await launchPlatform();
    await until('the first engine', async () => output().includes('✓'), { seconds: 60 });
    child.kill('SIGTERM');
    const code = await new Promise((resolve) => child.once('exit', resolve));
    expect(code).toBe(0);
    expect(output()).toMatch(/Everything is stopped\.\n$/);
    expect(output()).not.toContain('could not start');
    expect(existsSync(join(dataDir, 'supervisor.pid'))).toBe(false);
    for (const port of Object.values(ports)) await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
    rmSync(dataDir, { recursive: true, force: true });
  });
});

describe('a start that cannot work', () => {
  it('names the port that is in use and the variable that changes it', async () => {
    const ports = await findFreePorts();
    const squatter = createServer().listen(ports.clickhouse, '127.0.0.1');
    await expect(startPlatform({ ports })).rejects.toThrow(new RegExp(`Port ${ports.clickhouse} for clickhouse is in use: .*ATRIUM_PORT_CLICKHOUSE`));
    squatter.close();
  });

  it('names the data folder that is a file', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'atrium-broken-')), 'data');
    writeFileSync(file, '');
    await expect(startPlatform({ dataDir: file })).rejects.toThrow(/data folder of Atrium.* is not a folder/);
  });

  it('names the damaged file in the data folder', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'atrium-broken-'));
    writeFileSync(join(folder, 'credentials.json'), '{');
    await expect(startPlatform({ dataDir: folder })).rejects.toThrow(/credentials\.json can't be read: restore it, or move/);
  });
});

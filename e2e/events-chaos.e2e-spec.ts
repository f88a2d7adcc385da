import { randomUUID } from 'node:crypto';
import { authEndpoints } from '@atrium/contracts/auth';
import { eventsEndpoints } from '@atrium/contracts/events';
import { pass, signedIn, until, World } from '@atrium/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { rage, restlessInserts } from './chaos/calamities.js';
import { ChaosPlatform } from './chaos/chaos-platform.js';
import { emptyLedger, EventSender, type Ledger } from './chaos/event-sender.js';
import { IngestQueue } from './chaos/ingest-queue.js';
import { seededRandom } from './chaos/seeded-random.js';

const seed = Number(process.env['CHAOS_SEED'] ?? 20_261_121);
const minutes = Number(process.env['CHAOS_MINUTES'] ?? 0.75);
const milliseconds = minutes * 60_000;
const day = 86_400_000;

let chaos: ChaosPlatform;

beforeAll(async () => {
  chaos = await ChaosPlatform.start();
});
afterAll(() => chaos?.stop());

/** Everything that the platform's ways of asking say about events of one name. */
class Census {
  private readonly world = new World(chaos.platform.gateway, chaos.platform.mail);
  private readonly window = { from: new Date(Date.now() - 400 * day).toISOString(), to: new Date(Date.now() + day).toISOString() };
  private token = '';

  async signIn(): Promise<void> {
    const { email, password } = chaos.platform.demo;
    this.token = await until('a sign-in', async () => signedIn((await this.world.api.call(authEndpoints.login, { body: { email, password } })).body).access_token, { seconds: 60 });
  }

  async count(event: string): Promise<number> {
    const { body } = await this.world.api.call(eventsEndpoints.countEvents, { token: this.token, query: { ...this.window, event } });
    return body.count;
  }

  async timeseries(event: string): Promise<number> {
    const query = { ...this.window, event, interval: 'day' as const };
    const { body } = await this.world.api.call(eventsEndpoints.eventTimeseries, { token: this.token, query });
    return body.data.reduce((sum, { count }) => sum + count, 0);
  }

  async counts(event: string): Promise<{ rows: number; ids: number }> {
    const [row] = await this.sql('SELECT count() AS rows, uniqExact(event_id) AS ids FROM events WHERE event_name = {e:String}', { e: event });
    return { rows: Number(row?.['rows']), ids: Number(row?.['ids']) };
  }

  async ids(event: string): Promise<string[]> {
    const query = 'SELECT toString(event_id) AS id FROM events WHERE event_name = {e:String} AND id > {after:String} ORDER BY id LIMIT 10000';
    const all: string[] = [];
    for (;;) {
      const page = (await this.sql(query, { e: event, after: all.at(-1) ?? '' })).map((row) => String(row['id']));
      all.push(...page);
      if (page.length < 10_000) return all;
    }
  }

  private async sql(query: string, params: Record<string, string>) {
    return (await this.world.api.call(eventsEndpoints.queryBySql, { token: this.token, body: { query, params } })).body.data;
  }
}

async function expectExactlyOnce(census: Census, { event, acknowledged, refused, unanswered }: Ledger): Promise<void> {
  const stored = await census.ids(event);
  const present = new Set(stored);
  expect.soft([...acknowledged].filter((id) => !present.has(id)), 'acknowledged and lost').toEqual([]);
  expect.soft(stored.filter((id) => !acknowledged.has(id) && !unanswered.has(id)), 'there though nobody may expect it').toEqual([]);
  expect.soft(stored.filter((id) => refused.has(id)), 'refused and there').toEqual([]);
  expect.soft(stored.length - present.size, 'listed more than once').toBe(0);
  expect.soft(await census.counts(event), 'by SQL').toEqual({ rows: present.size, ids: present.size });
  expect.soft(await census.count(event), 'by count').toBe(present.size);
  expect.soft(await census.timeseries(event), 'by timeseries').toBe(present.size);
}

it(`counts every acknowledged event exactly once, whatever is killed, lost, delivered twice and in any order (CHAOS_SEED=${seed})`, async () => {
  const random = seededRandom(seed);
  const { gateway, demo } = chaos.platform;
  const ledgers = Array.from({ length: 4 }, (_, index) => emptyLedger(`Chaos ${index} ${randomUUID()}`));
  const senders = ledgers.map((ledger, index) => new EventSender(`${gateway}${eventsEndpoints.ingestEvents.path}`, demo.write_key, ledger, seed + index));
  const [stopping, giveUp] = [new AbortController(), new AbortController()];
  const sending = senders.map((sender) => sender.run(stopping.signal, giveUp.signal));
  chaos.insertFault = restlessInserts(random);

  const done = await rage(chaos, new IngestQueue(chaos.platform), random, milliseconds);
  stopping.abort();
  setTimeout(() => giveUp.abort(), 45_000).unref();
  await Promise.all(sending);
  chaos.insertFault = () => pass;

  const queue = new IngestQueue(chaos.platform);
  await until('all packs to be stored', async () => (await queue.depth()) === 0, { seconds: 150, everyMs: 500 });
  const sum = (of: (ledger: Ledger) => ReadonlySet<string>) => ledgers.reduce((total, ledger) => total + of(ledger).size, 0);
  const story = [
    ...done,
    `${sum(({ acknowledged }) => acknowledged)} acknowledged, ${sum(({ refused }) => refused)} refused, ${sum(({ unanswered }) => unanswered)} unanswered, ${senders.reduce((total, { resent }) => total + resent, 0)} requests sent again`,
  ];
  process.stdout.write(`${story.map((line) => `  ${line}`).join('\n')}\n`);

  expect(senders.flatMap(({ surprises }) => surprises)).toEqual([]);
  expect(await queue.deadLetters()).toBe(0);
  for (const { acknowledged, refused } of ledgers) {
    expect(acknowledged.size).toBeGreaterThan(100);
    expect(refused.size).toBeGreaterThan(0);
  }
  const census = new Census();
  await census.signIn();
  for (const ledger of ledgers) await expectExactlyOnce(census, ledger);
}, milliseconds * 2 + 420_000);

// Funnels, counts and retention over one organization's events among many: how long, and how many rows are read.
import { funnelCases } from './funnel/questions.mjs';
import { fillTable, largeOrg, smallOrg } from './funnel/fill-table.mjs';
import { startEventsTable } from './funnel/events-table.mjs';
import { median } from './lib/rounds.mjs';

const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
const millions = Number(process.env.BENCH_MILLIONS ?? 20);
const write = (text) => process.stdout.write(text);
const table = await startEventsTable();

async function measure(title, ask) {
  const runs = [];
  for (let round = 0; round <= rounds; round += 1) runs.push(await ask());
  const warm = runs.slice(1);
  const of = (name) => median(warm.map((one) => one[name]));
  const times = warm.map(({ ms }) => ms);
  write(`  ${title}: ${of('ms').toFixed(0)} ms (${Math.min(...times).toFixed(0)}–${Math.max(...times).toFixed(0)}), ${of('cpuMs').toFixed(0)} ms of CPU, ${(of('rows') / 1e6).toFixed(2)} M rows read, ${(of('memory') / 1e6).toFixed(0)} MB\n`);
}

async function measureAll(state) {
  const { rows, own, parts } = await table.size();
  write(`\n${(rows / 1e6).toFixed(1)} M events of 100 organizations in ${parts} parts, ${(own / 1e6).toFixed(1)} M of one, ${state}; median of ${rounds} after one to warm up\n`);
  for (const [name, orgId] of [['the large organization', largeOrg], ['one of the 99 others', smallOrg]]) {
    write(` ${name}\n`);
    for (const [title, question] of funnelCases(orgId)) await measure(title, () => table.ask(orgId, question));
  }
}

try {
  await fillTable(table, millions);
  for (const state of ['as written', 'months merged, as a day after their last event']) {
    if (state !== 'as written') await table.run('OPTIMIZE TABLE atrium.events FINAL');
    await measureAll(state);
  }
} finally {
  await table.stop();
}
process.exit(0);

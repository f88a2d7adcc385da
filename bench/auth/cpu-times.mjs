// CPU time of everything that a request is paid with, from /proc: moves less than requests per second on a busy machine.
import { readdirSync, readFileSync } from 'node:fs';
import { median } from '../lib/rounds.mjs';

const ticksPerSecond = 100;

function statOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(') ') + 2).split(' ').map(Number);
    return { parent: fields[1], seconds: (fields[11] + fields[12]) / ticksPerSecond, ofEnded: (fields[13] + fields[14]) / ticksPerSecond };
  } catch {
    return undefined;
  }
}

/** The process that started it; undefined where there is no /proc. */
export const parentOf = (pid) => statOf(pid)?.parent;

/** A process, and with `family` also its children, those that have ended included. */
function secondsOf({ pid, family = false }) {
  const own = statOf(pid);
  if (!own) return 0;
  if (!family) return own.seconds;
  const children = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(statOf).filter((stat) => stat?.parent === pid);
  return own.seconds + own.ofEnded + children.reduce((sum, { seconds }) => sum + seconds, 0);
}

/** Starts measuring `parts`, name → `{pid, family}`. The function given back tells milliseconds a request, by part and in all. */
export function measureCpu(parts) {
  const read = () => Object.entries(parts).map(([name, part]) => [name, secondsOf(part)]);
  const before = Object.fromEntries(read());
  return (requests) => {
    const used = read().map(([name, seconds]) => [name, ((seconds - before[name]) * 1000) / requests]);
    return { ...Object.fromEntries(used), all: used.reduce((sum, [, milliseconds]) => sum + milliseconds, 0) };
  };
}

/** Prints the medians of each contender, and how much of ours the others would take. */
export function reportCpu(results, ours, write = (text) => process.stdout.write(text)) {
  const middle = (name, part) => median(results[name].rounds.map(({ cpu }) => cpu[part]));
  for (const [name, { rounds }] of Object.entries(results)) {
    const parts = Object.keys(rounds[0].cpu).map((part) => `${part} ${middle(name, part).toFixed(2)} ms`);
    const ratio = name === ours ? '' : `  this/ours = ${(middle(name, 'all') / middle(ours, 'all')).toFixed(2)}`;
    write(`  ${name.padEnd(24)} CPU each: ${parts.join(', ')}${ratio}\n`);
  }
}

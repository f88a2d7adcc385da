// Cores that each part of the platform has used, from /proc: says what limits a figure. Nothing where there is no /proc.
import { readdirSync, readFileSync } from 'node:fs';

const ticksPerSecond = 100;

function readProcess(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(') ') + 2).split(' ');
    const seconds = (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
    return { pid, parent: Number(fields[1]), seconds, command: readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ') };
  } catch {
    return undefined;
  }
}

function processes() {
  try {
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number);
    return new Map(pids.map(readProcess).filter(Boolean).map((process) => [process.pid, process]));
  } catch {
    return new Map();
  }
}

/** CPU seconds so far, by part. */
function secondsByPart({ supervisorPid, pids, dataDir }) {
  const all = processes();
  const services = new Map(Object.entries(pids).map(([name, pid]) => [pid, name]));
  const isOurs = (process) => {
    for (let at = process; at; at = all.get(at.parent)) if (at.pid === supervisorPid || at.command.includes(dataDir)) return true;
    return false;
  };
  const partOf = ({ pid, command }) => {
    if (pid === supervisorPid) return 'SQS';
    if (/clickhouse/.test(command)) return 'ClickHouse';
    if (/postgres/.test(command)) return 'PostgreSQL';
    return services.get(pid) ?? 'other';
  };
  const parts = { load: process.cpuUsage().user / 1e6 + process.cpuUsage().system / 1e6 };
  for (const one of all.values()) {
    if (!isOurs(one)) continue;
    const part = partOf(one);
    parts[part] = (parts[part] ?? 0) + one.seconds;
  }
  return parts;
}

/** Starts measuring; the function given back tells the cores used since, by part, the busiest first. */
export function measureCores(platform) {
  const before = secondsByPart(platform);
  const startedAt = performance.now();
  return () => {
    const elapsed = (performance.now() - startedAt) / 1000;
    const used = Object.entries(secondsByPart(platform)).map(([part, seconds]) => [part, (seconds - (before[part] ?? 0)) / elapsed]);
    return Object.fromEntries(used.filter(([, cores]) => cores >= 0.02).sort(([, a], [, b]) => b - a));
  };
}

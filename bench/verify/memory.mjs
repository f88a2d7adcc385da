import { readdirSync, readFileSync } from 'node:fs';

const read = (file) => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
};

const mebibytesOf = (pid, field) => Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(read(`/proc/${pid}/status`))?.[1] ?? 0) / 1024;

/** Processes whose parent this one is. */
const childrenOf = (pid) =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => read(`/proc/${name}/status`).includes(`\nPPid:\t${pid}\n`));

/** Watches the resident memory of a process and of its children, in MiB; `stop` gives the most of each, and of all at one time. */
export function watchMemory(pid) {
  const most = { own: 0, children: 0, together: 0 };
  const look = () => {
    const own = mebibytesOf(pid, 'VmRSS');
    const children = childrenOf(pid).reduce((sum, child) => sum + mebibytesOf(child, 'VmRSS'), 0);
    most.own = Math.max(most.own, own);
    most.children = Math.max(most.children, children);
    most.together = Math.max(most.together, own + children);
  };
  const timer = setInterval(look, 20);
  return {
    stop() {
      clearInterval(timer);
      const peaks = childrenOf(pid).map((child) => mebibytesOf(child, 'VmHWM'));
      return { ...most, children: Math.max(most.children, ...peaks), own: Math.max(most.own, mebibytesOf(pid, 'VmHWM')) };
    },
  };
}

// Each contender runs in a process of its own, as it would in production.
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

/** Starts a module that sends `{port}` over its channel when it is ready. */
export async function startProcess(url, environment = {}) {
  const child = fork(url, { env: { ...process.env, ...environment }, stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv: [] });
  const ready = await Promise.race([
    once(child, 'message').then(([message]) => message),
    once(child, 'exit').then(([code]) => {
      throw new Error(`${url} ended with ${code} before it was ready`);
    }),
  ]);
  return {
    ...ready,
    pid: child.pid,
    cpuSeconds: () => cpuSeconds(child.pid),
    /** For a module that answers messages. */
    tell: async (message) => {
      const answered = once(child, 'message');
      child.send(message);
      await answered;
    },
    stop: () => end(child),
  };
}

/** Starts a program and waits until the port answers. */
export async function startProgram(command, args, isReady) {
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  for (let attempt = 0; attempt < 100; attempt += 1) {
    if (await isReady()) return { stop: () => end(child) };
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await end(child);
  throw new Error(`${command} did not become ready`);
}

/** User and system time of a process so far, where the system tells (Linux); its clock ticks 100 times a second. */
function cpuSeconds(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return undefined;
  }
}

async function end(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await ended;
  clearTimeout(timer);
}

/** For the child: tells its port, and ends with its parent. */
export function tellReady(message) {
  process.send(message);
  process.once('disconnect', () => process.exit(0));
  process.once('SIGTERM', () => process.exit(0));
}

/** A module that answers each message with one, after a first one that says it is ready. */
export async function startWorker(url, environment = {}) {
  const child = fork(url, { env: { ...process.env, ...environment }, stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv: [] });
  const answer = () =>
    Promise.race([
      once(child, 'message').then(([message]) => message),
      once(child, 'exit').then(([code]) => {
        throw new Error(`${url} ended with ${code}`);
      }),
    ]);
  await answer();
  return {
    ask: (message) => {
      const answered = answer();
      child.send(message);
      return answered;
    },
    stop: () => end(child),
  };
}

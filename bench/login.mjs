// Signing in through the service, against Argon2id alone with the same parameters on the same cores.
import { load } from './lib/load.mjs';
import { startWorker } from './lib/processes.mjs';
import { interleave, report } from './lib/rounds.mjs';
import { reportCpu } from './auth/cpu-times.mjs';
import { password } from './auth/password.mjs';
import { post, startAuthStack } from './auth/stack.mjs';

const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
const seconds = Number(process.env.BENCH_SECONDS ?? 4);
const connections = Number(process.env.BENCH_CONNECTIONS ?? 8);
/** Some 28 a second would take minutes until V8 has compiled what a sign-in runs, as it has in a service that is up for an hour. */
const warmSignIns = Number(process.env.BENCH_WARM_SIGN_INS ?? 4_000);

const stack = await startAuthStack(50);
const alone = await startWorker(new URL('./auth/argon2-alone.mjs', import.meta.url));
const requests = stack.people.map(({ email, cookie }) => post('/api/v1/auth/login', { email, password }, `Cookie: ${cookie}\r\n`));
let turn = 0;
const nextRequest = () => requests[(turn = (turn + 1) % requests.length)];

async function warm() {
  for (let done = 0; done < warmSignIns; ) {
    const { statuses } = await load({ port: stack.port, connections, seconds: 1, request: nextRequest });
    done += statuses['200'];
  }
}

async function signIns() {
  const cpuUsed = stack.startCpuTimer();
  const result = await load({ port: stack.port, connections, seconds, request: nextRequest });
  if (Object.keys(result.statuses).join() !== '200') throw new Error(`Answers other than 200: ${JSON.stringify(result.statuses)}`);
  return { ...result, cpu: cpuUsed(result.statuses['200']) };
}

try {
  await stack.withoutHashes(warm);
  const contenders = { 'sign-in': signIns, 'Argon2id alone': () => alone.ask({ seconds }) };
  const results = await interleave({ rounds, contenders });
  report(`Sign-in, ${connections} connections, ${rounds} rounds of ${seconds} s`, results, 'sign-in');
  reportCpu(results, 'sign-in');
} finally {
  await alone.stop();
  await stack.stop();
}
process.exit(0);

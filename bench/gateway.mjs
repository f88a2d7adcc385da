// Proxied GET of 1 KB through the gateway, token verified and limit counted, against proxies that check nothing.
import { load } from './lib/load.mjs';
import { startProcess } from './lib/processes.mjs';
import { interleave, report } from './lib/rounds.mjs';
import { startStateStore } from './lib/state-store.mjs';
import { hasNginx, startNginx } from './gateway/nginx.mjs';
import { startIssuer } from './gateway/token-issuer.mjs';

const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
const seconds = Number(process.env.BENCH_SECONDS ?? 4);
const connections = Number(process.env.BENCH_CONNECTIONS ?? 50);
const people = 100;

const local = (name) => new URL(`./gateway/${name}.mjs`, import.meta.url);
const store = await startStateStore();
const issuer = await startIssuer();
const upstream = await startProcess(local('upstream'));
const upstreamUrl = `http://127.0.0.1:${upstream.port}`;
const ours = await startProcess(local('ours'), {
  PORT: '0', LIMIT_SCALE: '1000000', JWKS_URL: `${issuer.url}/jwks.json`, TOKEN_ISSUER: issuer.url, STATE_SECRET_ID: 'atrium/state',
  ATRIUM_SECRET_STATE: JSON.stringify({ url: store.url }), PUBLIC_URL: 'http://localhost:8000', APP_URL: 'http://localhost:8000',
  AUTH_URL: upstreamUrl, USERS_URL: upstreamUrl, GALLERY_URL: upstreamUrl, EVENTS_URL: upstreamUrl,
});
const httpProxy = await startProcess(local('http-proxy'), { UPSTREAM_URL: upstreamUrl });
const nginx = hasNginx() ? await startNginx(upstream.port) : undefined;

const requests = Array.from({ length: people }, () =>
  Buffer.from(`GET /api/v1/auth/me HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\nAuthorization: Bearer ${issuer.token()}\r\n\r\n`),
);
let turn = 0;
const request = () => requests[(turn = (turn + 1) % people)];
const against = (process) => async () => {
  const cpuBefore = process.cpuSeconds?.();
  const result = await load({ port: process.port, connections, seconds, request });
  const cpu = cpuBefore === undefined ? undefined : (process.cpuSeconds() - cpuBefore) / (result.statuses['200'] ?? 1);
  const bad = Object.keys(result.statuses).filter((status) => status !== '200');
  if (bad.length > 0) throw new Error(`Answers other than 200: ${JSON.stringify(result.statuses)}`);
  return { ...result, cpuMicroseconds: cpu === undefined ? undefined : cpu * 1e6 };
};

try {
  const results = await interleave({
    rounds,
    contenders: {
      gateway: against(ours),
      '@fastify/http-proxy': against(httpProxy),
      ...(nginx ? { nginx: against(nginx) } : {}),
      'no proxy': against(upstream),
    },
  });
  report(`Proxied GET of 1 KB, ${connections} connections, ${rounds} rounds of ${seconds} s`, results, 'gateway');
  if (!nginx) process.stdout.write('  (nginx is not on the PATH: no such baseline)\n');
} finally {
  for (const process of [ours, httpProxy, upstream, nginx]) await process?.stop();
  issuer.stop();
  await store.stop();
}
process.exit(0);

// The baseline: @fastify/http-proxy, which checks and counts nothing.
import { createRequire } from 'node:module';
import { tellReady } from '../lib/processes.mjs';

const require = createRequire(new URL('../../apps/gateway/package.json', import.meta.url));
const app = require('fastify')({ logger: false });
app.register(require('@fastify/http-proxy'), { upstream: process.env.UPSTREAM_URL });
await app.listen({ port: 0, host: '127.0.0.1' });
tellReady({ port: app.server.address().port });

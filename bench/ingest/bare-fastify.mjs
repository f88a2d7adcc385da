// The baseline: Fastify alone, which parses the same body and answers the same, and keeps nothing.
import { createRequire } from 'node:module';
import { tellReady } from '../lib/processes.mjs';

const require = createRequire(new URL('../../apps/events/package.json', import.meta.url));
const app = require('fastify')({ logger: false });
app.post('/api/v1/events', (request, reply) => {
  const accepted = Array.isArray(request.body.batch) ? request.body.batch.length : 1;
  return reply.status(202).send({ accepted, rejected: [] });
});
await app.listen({ port: 0, host: '127.0.0.1' });
tellReady({ port: app.server.address().port });

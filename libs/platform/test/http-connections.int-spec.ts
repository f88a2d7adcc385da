import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { fastify } from 'fastify';
import { registerUnusedConnections } from '../src/http/unused-connections.js';

it('a server that closes does not wait for clients who connected and asked for nothing', async () => {
  const server = fastify({ forceCloseConnections: 'idle' });
  registerUnusedConnections(server);
  server.get('/', () => 'in');
  await server.listen({ host: '127.0.0.1', port: 0 });
  const { port } = server.server.address() as { port: number };
  const silent = connect(port, '127.0.0.1');
  await once(silent, 'connect');
  expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('in');
  await Promise.all([server.close(), once(silent, 'close')]);
}, 20_000);

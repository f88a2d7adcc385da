import Fastify from 'fastify';
import { expect, it } from 'vitest';
import { onLoopback, refuseForeignHosts } from './loopback-only.js';

async function statusFor(host: string, names: readonly string[] = onLoopback.names): Promise<number> {
  const server = Fastify();
  refuseForeignHosts(server, { host: '127.0.0.1', names });
  server.get('/', async () => 'here');
  return (await server.inject({ url: '/', headers: { host } })).statusCode;
}

it.each(['localhost:9325', '127.0.0.1', '[::1]:1'])('answers to %s', async (host) => {
  expect(await statusFor(host)).toBe(200);
});

it.each(['evil.example.com', 'localhost.evil.example.com', 'local-aws:9325'])('refuses %j', async (host) => {
  expect(await statusFor(host)).toBe(421);
});

it('answers to the names that it was given, and to nothing like them', async () => {
  expect(await statusFor('local-aws:9325', ['local-aws'])).toBe(200);
  expect(await statusFor('local-aws.evil.example.com', ['local-aws'])).toBe(421);
});

// The service behind all contenders: 1 KB of JSON for every GET.
import { createServer } from 'node:http';
import { tellReady } from '../lib/processes.mjs';

const body = JSON.stringify({ id: '0197a5b2-0000-7000-8000-000000000000', text: 'x'.repeat(964) });
const headers = ['content-type', 'application/json', 'content-length', String(body.length)];
const server = createServer((_request, response) => response.writeHead(200, headers).end(body));
server.keepAliveTimeout = 72_000;
server.listen(0, '127.0.0.1', () => tellReady({ port: server.address().port }));

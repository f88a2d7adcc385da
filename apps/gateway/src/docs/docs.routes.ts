import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { apiDocument } from '@atrium/contracts';
import type { FastifyInstance } from 'fastify';
import { docsContentPolicy } from '../answers/security-headers.js';
import { fileAsset, StaticAsset } from '../answers/static-asset.js';

const swaggerFolder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
const own = (name: string): URL => new URL(`../../assets/${name}`, import.meta.url);

/** The API document, and Swagger UI for reading it, served from here without a content network. */
export function registerDocs(server: FastifyInstance, publicUrl: string): void {
  const document = new StaticAsset({
    type: 'application/json; charset=utf-8',
    cache: 'public, max-age=60',
    load: async () => Buffer.from(JSON.stringify(apiDocument(publicUrl))),
  });
  server.get('/openapi.json', async (request, reply) => {
    void reply.header('access-control-allow-origin', '*');
    return document.send(request, reply);
  });
  server.get('/', (_, reply) => reply.redirect('/docs'));
  const page = fileAsset(own('docs.html'));
  server.get('/docs', async (request, reply) => {
    void reply.header('content-security-policy', docsContentPolicy);
    return page.send(request, reply);
  });
  const files = {
    'docs.js': fileAsset(own('docs.js')),
    ...Object.fromEntries(
      ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'].map((name) => [name, fileAsset(join(swaggerFolder, name))]),
    ),
  };
  for (const [name, asset] of Object.entries(files)) server.get(`/docs/${name}`, async (request, reply) => asset.send(request, reply));
}

import { createServer } from 'node:http';
import { expect, it } from 'vitest';
import { startTelemetry, withSpan } from '../src/telemetry/index.js';

it('sends recorded spans to the OTLP collector, and flushes them at shutdown', async () => {
  const received: string[] = [];
  const collector = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      received.push(`${request.url ?? ''} ${body}`);
      response.setHeader('content-type', 'application/json').end('{}');
    });
  });
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  const address = collector.address();
  const port = typeof address === 'object' && address ? address.port : 0;

  const telemetry = startTelemetry({ service: 'gallery', otlpEndpoint: `http://127.0.0.1:${port}` });
  const trace = '0af7651916cd43dd8448eb211c80319c';
  await withSpan('derive', { attributes: { size: 5 }, parent: { traceparent: `00-${trace}-b7ad6b7169203331-01` } }, async () => undefined);
  await withSpan('broken', {}, () => Promise.reject(new Error('decode failed'))).catch(() => undefined);
  await telemetry.shutdown();
  collector.close();

  const sent = received.join('\n');
  expect(sent).toContain('/v1/traces ');
  for (const part of ['derive', 'gallery', trace, 'broken', 'decode failed']) expect(sent).toContain(part);
});

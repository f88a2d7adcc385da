import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Failure {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** Passes POSTs on, but answers the first with a failure though it arrived: as when its answer is lost. */
export async function startFlakyProxy(target: string, failure: Failure) {
  const statuses: number[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { 'content-type': type = '', authorization = '' } = request.headers;
      const headers = { 'content-type': type, authorization };
      void fetch(`${target}${request.url ?? ''}`, { method: 'POST', headers, body: Buffer.concat(chunks) }).then(async (answer) => {
        const isFirst = statuses.length === 0;
        statuses.push(isFirst ? failure.status : answer.status);
        response.writeHead(isFirst ? failure.status : answer.status, isFirst ? failure.headers : {});
        response.end(await answer.text());
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Of the answers, in order. */
    statuses,
    stop: () => new Promise((resolve) => server.close(resolve).closeAllConnections()),
  };
}

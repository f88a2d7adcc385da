import { createServer } from 'node:http';

/** The origin of a web app: another one than the platform's, which serves an empty page. */
export async function startAppOrigin(): Promise<{ origin: string; stop: () => void }> {
  const server = createServer((_, response) => response.setHeader('content-type', 'text/html').end('<!doctype html><title>App</title><input type="file" multiple>'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('The app listens on no port.');
  // By this name it is a secure context, without which a browser hashes nothing.
  return { origin: `http://localhost:${address.port}`, stop: () => void server.close() };
}

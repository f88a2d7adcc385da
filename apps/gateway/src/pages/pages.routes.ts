import type { FastifyInstance } from 'fastify';
import { pageContentPolicy } from '../answers/security-headers.js';
import { fileAsset } from '../answers/static-asset.js';

const own = (name: string): URL => new URL(`../../assets/${name}`, import.meta.url);
const files = ['verify-email.js', 'invitation.js', 'reset-password.js', 'sign-in.js', 'api-form.js', 'pages.css'];

/**
 * Pages for the links in mails. Opening one changes nothing: mail scanners open every link, so the token is sent by a
 * button alone. And the page to sign in with another issuer, to which the browser comes back: its code works in that
 * browser alone.
 */
export function registerPages(server: FastifyInstance): void {
  for (const name of ['verify-email', 'invitation', 'reset-password', 'sign-in']) {
    const page = fileAsset(own(`${name}.html`), 'no-store');
    server.get(`/${name}`, async (request, reply) => {
      void reply.header('content-security-policy', pageContentPolicy);
      return page.send(request, reply);
    });
  }
  for (const name of files) {
    const asset = fileAsset(own(name));
    server.get(`/pages/${name}`, async (request, reply) => asset.send(request, reply));
  }
}

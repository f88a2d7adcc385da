import { html, type Html } from './html.js';

/** A whole page of the provider: its own markup and the gateway's style sheet, without a script. */
export const layout = (title: string, body: Html): string =>
  html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="robots" content="noindex" />
    <title>${title} · Atrium</title>
    <link rel="stylesheet" href="/pages/pages.css" />
  </head>
  <body>
    <main>
      <h1>${title}</h1>
      ${body}
    </main>
  </body>
</html>
`.markup;

/**
 * Headers of every page. Browsers hold redirects after a form to `form-action` as well, so the client app's own address is
 * in it; a policy can't name an IPv6 address (CSP3 §2.3.1), so there it is the scheme.
 */
export function pageHeaders(returnTo: string | undefined): Record<string, string> {
  const url = returnTo === undefined ? null : URL.parse(returnTo);
  const target = url ? ` ${url.hostname.startsWith('[') ? url.protocol : url.origin}` : '';
  return {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': `default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'${target}; frame-ancestors 'none'`,
    'x-frame-options': 'DENY',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  };
}

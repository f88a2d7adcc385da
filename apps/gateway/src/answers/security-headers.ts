/** On everything that leaves, as a flat list of names and values. */
export const securityHeaders: readonly string[] = [
  'x-content-type-options',
  'nosniff',
  'x-frame-options',
  'DENY',
  'referrer-policy',
  'no-referrer',
  // Browsers heed it over TLS alone (RFC 6797 §8.1).
  'strict-transport-security',
  'max-age=31536000; includeSubDomains',
];

/** API answers are data: a browser that is made to show one runs and loads nothing. */
export const apiContentPolicy = "default-src 'none'; frame-ancestors 'none'";

/** The gateway's own pages: their own scripts and styles, from here alone. */
export const pageContentPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The API documentation's page: Swagger UI sets style attributes. */
export const docsContentPolicy = pageContentPolicy.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'");

import { createHmac } from 'node:crypto';

/** What the issuer is given of a flow, and what is needed to finish it. */
export interface FlowSecrets {
  /** OpenID Connect Core 1.0 §3.1.2.1: comes back in the ID token. */
  readonly nonce: string;
  /** RFC 7636 §4.1. */
  readonly codeVerifier: string;
}

const derive = (browserSecret: string, purpose: string, state: string): string =>
  createHmac('sha256', browserSecret).update(`${purpose} ${state}`).digest('base64url');

/**
 * Nonce and PKCE verifier of a flow. Neither is stored: they are derived from two secrets of 256 random bits, the one in
 * the browser's cookie and the state that the issuer sends back. What the database holds of both are hashes, and nobody
 * who reads them can finish a flow.
 */
export const flowSecrets = (browserSecret: string, state: string): FlowSecrets => ({
  nonce: derive(browserSecret, 'nonce', state),
  codeVerifier: derive(browserSecret, 'pkce', state),
});

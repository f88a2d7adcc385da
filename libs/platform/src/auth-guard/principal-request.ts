import type { Principal } from '@atrium/contract-kit';

/** What the guard reads of a request, and leaves on it. */
export interface PrincipalRequest {
  readonly headers: { readonly authorization?: string };
  /** Set unless the endpoint is public, internal, or called with a write key. */
  principal?: Principal;
}

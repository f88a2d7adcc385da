import { hash } from 'node:crypto';
import type { EndpointDefinition, Principal } from '@atrium/contract-kit';
import { type AccessLog, type AccessTokenVerifier, isApiKey, type Revocations } from '@atrium/platform/auth-guard';
import { DomainError } from '@atrium/platform/errors';
import type { ApiKeyTokens } from './api-key-tokens.js';
import type { KeyReputation } from './key-reputation.js';

export interface ApiKeyCaller {
  readonly principal: Principal;
  /** What goes to the service in the key's place. */
  readonly accessToken: string;
}

export interface ApiKeyAuthenticatorParts {
  readonly tokens: ApiKeyTokens;
  readonly reputation: KeyReputation;
  readonly verifier: AccessTokenVerifier;
  readonly revocations: Revocations;
  readonly accessLog: AccessLog;
}

/** Checks the API key of a request at the door and finds the access token that stands for it. */
export class ApiKeyAuthenticator {
  constructor(private readonly parts: ApiKeyAuthenticatorParts) {}

  /**
   * Throws UNAUTHENTICATED for a key that is no good, RATE_LIMITED for an unproven one of an address that sent too many
   * such, UPSTREAM_UNAVAILABLE while auth can't be asked.
   */
  async authenticate(endpoint: EndpointDefinition, key: string, addressKey: string): Promise<ApiKeyCaller> {
    const { tokens, reputation } = this.parts;
    const keyHash = hash('sha256', key, 'base64url');
    const known = tokens.fresh(keyHash);
    const caller = known === undefined ? undefined : await this.callerOf(keyHash, known);
    if (caller) return caller;
    reputation.admit(keyHash, addressKey);
    // One with a typing error in it, or made up without care: nobody needs to be asked.
    const token = isApiKey(key) ? await tokens.of(key, keyHash) : undefined;
    const newcomer = token === undefined ? undefined : await this.callerOf(keyHash, token);
    if (newcomer) {
      reputation.accepted(keyHash);
      return newcomer;
    }
    await reputation.refused(keyHash, addressKey);
    throw this.refusal(endpoint);
  }

  /** Undefined where the token is dead by now: auth may give another, if it was the owner's rights that changed. */
  private async callerOf(keyHash: string, accessToken: string): Promise<ApiKeyCaller | undefined> {
    const { verifier, revocations, tokens } = this.parts;
    const principal = await verifier.verify(accessToken).catch((error: unknown) => {
      if (error instanceof DomainError && error.code === 'UNAUTHENTICATED') return undefined;
      throw error;
    });
    if (principal && !revocations.isRevoked(principal)) return { principal, accessToken };
    tokens.forget(keyHash, accessToken);
    return undefined;
  }

  private refusal({ operationId, access }: EndpointDefinition): DomainError {
    const permission = 'permission' in access ? access.permission : null;
    const reason = 'the API key is refused';
    this.parts.accessLog.denied({ code: 'UNAUTHENTICATED', operation: operationId, permission, userId: null, orgId: null, reason });
    return new DomainError('UNAUTHENTICATED', 'A valid API key is required.', { detail: reason });
  }
}

import { type EndpointDefinition, isUnguarded, maxBodyBytesOf } from '@atrium/contract-kit';
import { DomainError, invalidField } from '@atrium/platform/errors';
import type { IncomingMessage } from 'node:http';
import { announcedBytes, assertAnnouncedSize } from '../proxy/request-body.js';
import { isAmbiguousTarget } from '../routing/request-target.js';
import { addressKey } from './address-key.js';
import type { ApiKeyAuthenticator } from './api-key-authenticator.js';
import type { Authenticator } from './authenticator.js';
import type { KeyReputation } from './key-reputation.js';
import { limitHeaders } from './limit-headers.js';
import type { Caller, LimitPolicies } from './limit-policy.js';
import type { Limiter } from './limiter.js';
import { presentedApiKey } from './presented-api-key.js';
import { writeKeyHash } from './write-key.js';


export interface Admitted {
  readonly caller: Caller;
  /** Headers that tell the client its limit, as a flat list. */
  readonly limitHeaders: readonly string[];
}

export interface AdmissionParts {
  readonly authenticator: Authenticator;
  readonly apiKeys: ApiKeyAuthenticator;
  readonly limiter: Limiter;
  readonly policies: LimitPolicies;
  readonly keys: KeyReputation;
}

const noHeaders: readonly string[] = [];

/** Everything that is decided about a request before a byte of its body is read or a service hears of it. */
export class Admission {
  constructor(private readonly parts: AdmissionParts) {}

  /** Throws DomainError; a {@link LimitReachedError} carries the headers of its limit. */
  async admit(endpoint: EndpointDefinition, request: IncomingMessage, address: string, carriedKey?: string): Promise<Admitted> {
    if (isAmbiguousTarget(request.url ?? '')) throw new DomainError('VALIDATION_ERROR', 'The path is not valid.');
    const caller = await this.identify(endpoint, request, addressKey(address), carriedKey);
    const state = await this.parts.limiter.count(this.parts.policies.for(endpoint, caller));
    assertBody(endpoint, request);
    return { caller, limitHeaders: state ? limitHeaders(state) : noHeaders };
  }

  private async identify(endpoint: EndpointDefinition, request: IncomingMessage, address: string, carriedKey?: string): Promise<Caller> {
    const key = endpoint.access.kind === 'write-key' ? writeKeyHash(request.headers, carriedKey) : undefined;
    let apiKey: string | undefined;
    try {
      apiKey = isUnguarded(endpoint.access) ? undefined : presentedApiKey(request.headers);
      if (apiKey !== undefined) return { addressKey: address, ...(await this.parts.apiKeys.authenticate(endpoint, apiKey, address)) };
      const principal = await this.parts.authenticator.authenticate(endpoint, request.headers.authorization, key !== undefined);
      if (principal) return { addressKey: address, principal };
    } catch (error) {
      // A refused caller is anonymous: guessing tokens runs into the address's limit. Refused keys have one of their own.
      if (apiKey === undefined && error instanceof DomainError && error.code === 'UNAUTHENTICATED') {
        await this.parts.limiter.count([this.parts.policies.ofAddress(address)]);
      }
      throw error;
    }
    if (key === undefined) return { addressKey: address };
    this.parts.keys.admit(key, address);
    return { addressKey: address, writeKeyHash: key };
  }
}

function assertBody(endpoint: EndpointDefinition, request: IncomingMessage): void {
  if (endpoint.method === 'GET' && announcedBytes(request) !== 0) {
    throw invalidField('', 'a GET request takes no body');
  }
  assertAnnouncedSize(request, maxBodyBytesOf(endpoint));
}

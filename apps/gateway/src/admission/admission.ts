import type { EndpointDefinition } from '@atrium/contract-kit';
import { DomainError, invalidField } from '@atrium/platform/errors';
import type { IncomingMessage } from 'node:http';
import { announcedBytes, assertAnnouncedSize, maxBodyBytesOf } from '../proxy/request-body.js';
import { isAmbiguousTarget } from '../routing/request-target.js';
import { addressKey } from './address-key.js';
import type { Authenticator } from './authenticator.js';
import { limitHeaders } from './limit-headers.js';
import type { Caller, LimitPolicies } from './limit-policy.js';
import type { Limiter } from './limiter.js';
import { writeKeyHash } from './write-key.js';
import type { WriteKeyReputation } from './write-key-reputation.js';

export interface Admitted {
  readonly caller: Caller;
  /** Headers that tell the client its limit, as a flat list. */
  readonly limitHeaders: readonly string[];
}

export interface AdmissionParts {
  readonly authenticator: Authenticator;
  readonly limiter: Limiter;
  readonly policies: LimitPolicies;
  readonly writeKeys: WriteKeyReputation;
}

const noHeaders: readonly string[] = [];

/** Everything that is decided about a request before a byte of its body is read or a service hears of it. */
export class Admission {
  constructor(private readonly parts: AdmissionParts) {}

  /** Throws DomainError; a {@link LimitReachedError} carries the headers of its limit. */
  async admit(endpoint: EndpointDefinition, request: IncomingMessage, address: string): Promise<Admitted> {
    if (isAmbiguousTarget(request.url ?? '')) throw new DomainError('VALIDATION_ERROR', 'The path is not valid.');
    const caller = await this.identify(endpoint, request, addressKey(address));
    const state = await this.parts.limiter.count(this.parts.policies.for(endpoint, caller));
    assertBody(endpoint, request);
    return { caller, limitHeaders: state ? limitHeaders(state) : noHeaders };
  }

  private async identify(endpoint: EndpointDefinition, request: IncomingMessage, address: string): Promise<Caller> {
    const key = endpoint.access.kind === 'write-key' ? writeKeyHash(request.headers) : undefined;
    try {
      const principal = await this.parts.authenticator.authenticate(endpoint, request.headers.authorization, key !== undefined);
      if (principal) return { addressKey: address, principal };
    } catch (error) {
      // A refused caller is anonymous: guessing tokens runs into the address's limit.
      if (error instanceof DomainError && error.code === 'UNAUTHENTICATED') {
        await this.parts.limiter.count([this.parts.policies.ofAddress(address)]);
      }
      throw error;
    }
    if (key === undefined) return { addressKey: address };
    this.parts.writeKeys.admit(key, address);
    return { addressKey: address, writeKeyHash: key };
  }
}

function assertBody(endpoint: EndpointDefinition, request: IncomingMessage): void {
  if (endpoint.method === 'GET' && announcedBytes(request) !== 0) {
    throw invalidField('', 'a GET request takes no body');
  }
  assertAnnouncedSize(request, maxBodyBytesOf(endpoint));
}

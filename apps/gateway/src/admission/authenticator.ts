import { type EndpointDefinition, isUnguarded, type Principal } from '@atrium/contract-kit';
import { type AccessLog, type AccessTokenVerifier, bearerToken, type Revocations } from '@atrium/platform/auth-guard';
import { DomainError } from '@atrium/platform/errors';

const refused = (detail: string): DomainError => new DomainError('UNAUTHENTICATED', undefined, { detail });

/** Checks the access token of a request at the door; permissions are the services' own affair. */
export class Authenticator {
  constructor(
    private readonly verifier: AccessTokenVerifier,
    private readonly revocations: Revocations,
    private readonly accessLog: AccessLog,
  ) {}

  /**
   * The principal; undefined at public endpoints, where a token says nothing, for write keys and OAuth's own calls, which
   * the service checks. Throws UNAUTHENTICATED, or UPSTREAM_UNAVAILABLE while the issuer's keys were never read.
   */
  async authenticate(endpoint: EndpointDefinition, authorization: string | undefined, hasWriteKey: boolean): Promise<Principal | undefined> {
    if (isUnguarded(endpoint.access)) return undefined;
    const token = bearerToken(authorization);
    if (token === undefined) {
      if (endpoint.access.kind === 'write-key' && hasWriteKey) return undefined;
      throw refused('no credentials');
    }
    const principal = await this.verifier.verify(token).catch((error: unknown) => {
      if (error instanceof DomainError && error.code === 'UNAUTHENTICATED') this.deny(endpoint, error.detail ?? 'token refused');
      throw error;
    });
    if (!this.revocations.isRevoked(principal)) return principal;
    this.deny(endpoint, 'the token is revoked', principal);
    throw refused('the token is revoked');
  }

  private deny({ operationId, access }: EndpointDefinition, reason: string, principal?: Principal): void {
    this.accessLog.denied({
      code: 'UNAUTHENTICATED',
      operation: operationId,
      permission: 'permission' in access ? access.permission : null,
      userId: principal?.userId ?? null,
      orgId: principal?.orgId ?? null,
      reason,
    });
  }
}

import { can, isOperator, type Principal } from '@atrium/contract-kit';
import { isDelegable } from '@atrium/contracts/users';
import { AccessDeniedError } from '@atrium/platform/auth-guard';
import { DomainError, invalidField } from '@atrium/platform/errors';
import type { OAuthClientRow } from './oauth-client.repository.js';

/** Throws FORBIDDEN for the platform's operator on a visit: what a client app may, it may long after the visit. */
export function refuseOperator(principal: Principal): void {
  if (!isOperator(principal)) return;
  throw new AccessDeniedError('FORBIDDEN', { reason: 'a client app that would outlive the visit', publicMessage: 'An operator cannot make or change client apps.' });
}

/** Throws FORBIDDEN for a permission that the principal lacks, VALIDATION_ERROR for one that no client app may have. */
export function requireLendable(principal: Principal, permissions: readonly string[]): void {
  permissions.forEach((permission, index) => {
    if (!isDelegable(permission)) throw invalidField(`permissions.${index}`, 'is no permission that client apps may have');
    if (can(principal, permission)) return;
    throw new AccessDeniedError('FORBIDDEN', { permission, reason: `${permission} is not held organization-wide, and given to a client app` });
  });
}

type Shape = Pick<OAuthClientRow, 'grant_types' | 'redirect_uris' | 'token_endpoint_auth_method'>;

/** Throws VALIDATION_ERROR for settings that don't go together. */
export function requireCoherent({ grant_types, redirect_uris, token_endpoint_auth_method }: Shape): void {
  const codes = grant_types.includes('authorization_code');
  const fields = [
    ...(codes && redirect_uris.length === 0 ? [{ field: 'redirect_uris', message: 'is needed for authorization_code' }] : []),
    ...(grant_types.includes('refresh_token') && !codes ? [{ field: 'grant_types', message: 'refresh_token needs authorization_code' }] : []),
    // RFC 6749 §4.4: for confidential clients alone.
    ...(grant_types.includes('client_credentials') && token_endpoint_auth_method === 'none'
      ? [{ field: 'grant_types', message: 'client_credentials needs a client with a secret' }]
      : []),
  ];
  if (fields.length > 0) throw new DomainError('VALIDATION_ERROR', undefined, { fields });
}

import { acceptsApiKeys, acceptsClientApps, isProgram, sitesWhere, type Access, type EndpointDefinition, type Principal } from '@atrium/contract-kit';
import { AccessDeniedError } from './access-denied-error.js';

/** Throws FORBIDDEN unless the principal may call an endpoint of that access; sites at hand are the service's policy. */
export function requireAccess(principal: Principal, access: Access): void {
  if (access.kind === 'public' || access.kind === 'oauth' || access.kind === 'signed-in') return;
  if (principal.orgId === null) {
    throw new AccessDeniedError('FORBIDDEN', {
      reason: 'the token names no organization',
      publicMessage: 'Choose an organization first.',
    });
  }
  if (access.kind === 'member') return;
  const scope = access.kind === 'permission' ? access.scope : 'site';
  const sites = sitesWhere(principal, access.permission);
  if (sites === 'all' || (scope === 'site' && sites.length > 0)) return;
  throw new AccessDeniedError('FORBIDDEN', {
    permission: access.permission,
    reason: `${access.permission} is not held ${scope === 'org' ? 'organization-wide' : 'at any site'}`,
  });
}

/**
 * Throws FORBIDDEN for an API key or a client app at an endpoint that doesn't take them, or takes them with a permission
 * that this one lacks. What a person may do by being that person is not for a program: it holds permissions alone, and its
 * token is no way to a session.
 */
export function requireProgramAccepted(principal: Principal, endpoint: Pick<EndpointDefinition, 'access' | 'apiKeys'>): void {
  if (!isProgram(principal)) return;
  const [what, accepted] = principal.clientId === undefined ? ['API keys', acceptsApiKeys(endpoint)] : ['Client apps', acceptsClientApps(endpoint)];
  if (!accepted) {
    throw new AccessDeniedError('FORBIDDEN', { reason: `${what} where a person is wanted`, publicMessage: `${what} cannot be used here.` });
  }
  if (typeof endpoint.apiKeys === 'object') {
    requireAccess(principal, { kind: 'permission', permission: endpoint.apiKeys.permission, scope: 'site' });
  }
}

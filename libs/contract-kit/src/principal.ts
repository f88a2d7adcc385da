import { z } from 'zod';
import { uuid } from './primitives.js';

/** A permission name, `resource.action`. */
export const permissionName = z.string().regex(/^[a-z_]+\.[a-z_]+$/, 'must look like resource.action').max(64);

/**
 * Claims of an access token (RFC 9068 profile). `permissions` hold for the whole organization; `site_permissions` add
 * to them at single sites, for people whose role is of a site. `mv` is the membership version that the token was
 * made from: an older one than the revocation list demands is dead. A token of an API key says so by `kind`; its `sid` is
 * the key's id, and `sub` the person whose key it is.
 */
export const accessTokenClaims = z.object({
  iss: z.string(),
  aud: z.union([z.string(), z.array(z.string())]),
  sub: uuid,
  sid: uuid,
  jti: uuid,
  iat: z.int(),
  exp: z.int(),
  org_id: uuid.nullable(),
  site_ids: z.array(uuid),
  roles: z.array(z.string()),
  permissions: z.array(permissionName),
  site_permissions: z.record(uuid, z.array(permissionName)),
  mv: z.int(),
  kind: z.literal('api_key').optional(),
  /** The client app that holds the token (RFC 9068 §2.2); absent in tokens of the platform's own sessions. */
  client_id: uuid.optional(),
});
export type AccessTokenClaims = z.output<typeof accessTokenClaims>;

/** Who is asking: what a verified access token says. */
export interface Principal {
  /** Set where a program acts by a person's API key; it never counts as the person. */
  readonly kind?: 'api_key';
  /** The person, or the person whose key it is. */
  readonly userId: string;
  /** The session, or the id of the API key. */
  readonly sessionId: string;
  readonly orgId: string | null;
  readonly roles: readonly string[];
  readonly permissions: readonly string[];
  readonly siteIds: readonly string[];
  readonly sitePermissions: Readonly<Record<string, readonly string[]>>;
  readonly membershipVersion: number;
  /** The client app that asks: on behalf of a person, or for itself, when it is also the `userId`. */
  readonly clientId?: string;
  /** Seconds since the epoch. */
  readonly expiresAt: number;
}

/** A principal that acts inside an organization. */
export interface MemberPrincipal extends Principal {
  readonly orgId: string;
}

/** Whether a program acts, by an API key or as a client app: it holds permissions, and never counts as a person. */
export const isProgram = ({ kind, clientId }: Pick<Principal, 'kind' | 'clientId'>): boolean => kind === 'api_key' || clientId !== undefined;

/** Whether the platform's operator acts, inside an organization that they entered: in person, and for the visit alone. */
export const isOperator = (principal: Pick<Principal, 'kind' | 'clientId' | 'roles'>): boolean => !isProgram(principal) && principal.roles.includes('admin');

/** Whether the principal is that person, in person: an API key of theirs, or a client app, is not. */
export const isOneself = (principal: Principal, userId: string): boolean => !isProgram(principal) && principal.userId === userId;

/** Whether the principal holds the permission organization-wide or, if a site is named, at that site. */
export function can(principal: Principal, permission: string, siteId?: string): boolean {
  if (principal.permissions.includes(permission)) return true;
  if (siteId === undefined || !Object.hasOwn(principal.sitePermissions, siteId)) return false;
  return principal.sitePermissions[siteId]?.includes(permission) ?? false;
}

/** The sites at which the principal holds the permission; `'all'` when it holds organization-wide. */
export function sitesWhere(principal: Principal, permission: string): 'all' | readonly string[] {
  if (principal.permissions.includes(permission)) return 'all';
  return Object.keys(principal.sitePermissions).filter((site) => principal.sitePermissions[site]?.includes(permission));
}

import { permissionCatalog } from './roles.js';

/**
 * Of the platform's permissions, those that a person may lend to a client app. What administers people, roles, client
 * apps and the organization itself stays with people: lent, it would be a way to more than was lent.
 */
const delegable: ReadonlySet<string> = new Set([
  ...['orgs.read', 'sites.read', 'sites.create', 'sites.update', 'sites.delete', 'users.read', 'roles.read'],
  ...['assets.read', 'assets.create', 'assets.update', 'assets.delete'],
  ...['albums.manage', 'shares.manage'],
  ...['sources.read', 'sources.create', 'sources.update', 'sources.delete', 'events.read', 'events.write', 'events.sql'],
]);

/** Whether a client app may hold the permission; an organization's own permissions are the organization's to lend. */
export const isDelegable = (permission: string): boolean =>
  delegable.has(permission) || !Object.hasOwn(permissionCatalog, permission);

/** Every permission that Atrium itself checks, with what it allows. */
export const permissionCatalog = {
  'orgs.read': 'See the organization',
  'orgs.update': 'Rename the organization',
  'orgs.delete': 'Delete the organization',
  'sites.read': 'See sites',
  'sites.create': 'Create sites',
  'sites.update': 'Rename sites',
  'sites.delete': 'Delete sites',
  'users.read': 'See people and their roles',
  'users.create': 'Invite people',
  'users.update': "Change people's profiles",
  'users.delete': 'Remove people',
  'roles.read': 'See roles and permissions',
  'roles.assign': 'Give and take roles',
  'roles.manage': 'Make and change custom roles',
  'api_keys.read': "See everybody's API keys",
  'api_keys.manage': "Delete everybody's API keys",
  'assets.read': 'See and download files',
  'assets.create': 'Upload files',
  'assets.update': "Change files' names and tags",
  'assets.delete': 'Delete files',
  'storage.manage': 'Limit how much sites may store',
  'assets.manage': 'Change what files an organization takes',
  'albums.manage': 'Make, change and delete albums',
  'shares.manage': 'Share files with whoever has the link, and see and end shares',
  'sources.read': 'See event sources and their write keys',
  'sources.create': 'Create event sources',
  'sources.update': 'Rename, disable and rotate event sources',
  'sources.delete': 'Delete event sources',
  'events.read': 'Query events',
  'events.write': 'Send events',
  'events.sql': 'Query events by SQL',
  'events.manage': 'Change how long events are kept',
  'events.erase': "Erase a person's events",
  'analysts.manage': 'Give tools direct access to events',
  'audit.read': 'Search the audit log',
  'oauth_clients.manage': 'Register and change client apps',
} as const satisfies Record<string, string>;
export type PermissionName = keyof typeof permissionCatalog;

const viewer = ['orgs.read', 'sites.read', 'roles.read', 'assets.read', 'events.read'] as const;
const member = [...viewer, 'assets.create', 'events.write'] as const;
const editor = [...member, 'assets.update', 'assets.delete', 'albums.manage', 'shares.manage', 'sources.read', 'users.read'] as const;
const siteAdmin = [
  ...editor,
  ...(['sites.update', 'users.create', 'users.update', 'roles.assign'] as const),
  ...(['sources.create', 'sources.update', 'sources.delete'] as const),
] as const;
const everything = Object.keys(permissionCatalog) as PermissionName[];

/**
 * The seeded roles. `rank` orders the hierarchy: nobody gives or takes a role above their own. `admin` is the
 * platform's operator: granted by a command alone, never through the API.
 */
export const systemRoles = {
  admin: { id: 1, rank: 100, permissions: everything },
  editor: { id: 2, rank: 30, permissions: editor },
  viewer: { id: 3, rank: 10, permissions: viewer },
  org_admin: { id: 4, rank: 50, permissions: everything },
  site_admin: { id: 5, rank: 40, permissions: siteAdmin },
  member: { id: 6, rank: 20, permissions: member },
} as const satisfies Record<string, { id: number; rank: number; permissions: readonly PermissionName[] }>;
export type SystemRoleName = keyof typeof systemRoles;

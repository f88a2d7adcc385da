import { CreateOrganizations1790000000000 } from './1790000000000-create-organizations.js';
import { CreateRoles1790000001000 } from './1790000001000-create-roles.js';
import { CreateSitesAndInvitations1790000002000 } from './1790000002000-create-sites-and-invitations.js';
import { CreateMessaging1790000003000 } from './1790000003000-create-messaging.js';
import { LetRolesGo1790000004000 } from './1790000004000-let-roles-go.js';
import { RemoveMembers1790000005000 } from './1790000005000-remove-members.js';
import { DeleteOrganizations1790000006000 } from './1790000006000-delete-organizations.js';
import { AnnounceMembershipsAgain1790000007000 } from './1790000007000-announce-memberships-again.js';
import { CreateAuditLogs1790000010000 } from './1790000010000-create-audit-logs.js';
import { LetAdminsReadAuditLogs1790000010100 } from './1790000010100-let-admins-read-audit-logs.js';
import { PermissionsOfApiKeys1790000014500 } from './1790000014500-permissions-of-api-keys.js';
import { CloseAccounts1790000015000 } from './1790000015000-close-accounts.js';
import { SearchByFrequency1790000015100 } from './1790000015100-search-by-frequency.js';
import { ManageOAuthClients1790000017500 } from './1790000017500-manage-oauth-clients.js';
import { AuditClientApps1790000019000 } from './1790000019000-audit-client-apps.js';
import { VersionsOfMembershipsGoOn1790000019100 } from './1790000019100-versions-of-memberships-go-on.js';
import { PermissionsOfEvents1790000022500 } from './1790000022500-permissions-of-events.js';
import { PermissionOfStorage1790000031200 } from './1790000031200-permission-of-storage.js';
import { ManageFiles1790000032000 } from './1790000032000-manage-files.js';
import { PermissionsOfAlbums1790000034500 } from './1790000034500-permissions-of-albums.js';

/** In the order in which they run. */
export const usersMigrations = [
  CreateOrganizations1790000000000,
  CreateRoles1790000001000,
  CreateSitesAndInvitations1790000002000,
  CreateMessaging1790000003000,
  LetRolesGo1790000004000,
  RemoveMembers1790000005000,
  DeleteOrganizations1790000006000,
  AnnounceMembershipsAgain1790000007000,
  CreateAuditLogs1790000010000,
  LetAdminsReadAuditLogs1790000010100,
  PermissionsOfApiKeys1790000014500,
  CloseAccounts1790000015000,
  SearchByFrequency1790000015100,
  ManageOAuthClients1790000017500,
  AuditClientApps1790000019000,
  VersionsOfMembershipsGoOn1790000019100,
  PermissionsOfEvents1790000022500,
  PermissionOfStorage1790000031200,
  ManageFiles1790000032000,
  PermissionsOfAlbums1790000034500,
];

export * from './audit-log.endpoints.js';
export * from './delegable-permissions.js';
export * from './invitation.endpoints.js';
export * from './me.endpoints.js';
export * from './organization.endpoints.js';
export * from './role.endpoints.js';
export * from './roles.js';
export * from './site.endpoints.js';
export * from './user.endpoints.js';
export * from './user-status.endpoints.js';
export * from './user.schema.js';
import * as auditLogs from './audit-log.endpoints.js';
import * as invitations from './invitation.endpoints.js';
import * as me from './me.endpoints.js';
import * as organizations from './organization.endpoints.js';
import * as roles from './role.endpoints.js';
import * as sites from './site.endpoints.js';
import * as users from './user.endpoints.js';
import * as userStatuses from './user-status.endpoints.js';

export const usersEndpoints = {
  listUsers: users.listUsers,
  inviteUser: users.inviteUser,
  getUser: users.getUser,
  updateUser: users.updateUser,
  removeUser: userStatuses.removeUser,
  restoreUser: userStatuses.restoreUser,
  disableUser: userStatuses.disableUser,
  enableUser: userStatuses.enableUser,
  exportMe: me.exportMe,
  leaveEverywhere: me.leaveEverywhere,
  assignRole: users.assignRole,
  removeRole: users.removeRole,
  listRoles: roles.listRoles,
  getRole: roles.getRole,
  createRole: roles.createRole,
  updateRole: roles.updateRole,
  deleteRole: roles.deleteRole,
  setRolePermissions: roles.setRolePermissions,
  listPermissions: roles.listPermissions,
  createPermission: roles.createPermission,
  listOrganizations: organizations.listOrganizations,
  createOrganization: organizations.createOrganization,
  getOrganization: organizations.getOrganization,
  updateOrganization: organizations.updateOrganization,
  deleteOrganization: organizations.deleteOrganization,
  listSites: sites.listSites,
  createSite: sites.createSite,
  getSite: sites.getSite,
  updateSite: sites.updateSite,
  deleteSite: sites.deleteSite,
  listInvitations: invitations.listInvitations,
  createInvitation: invitations.createInvitation,
  revokeInvitation: invitations.revokeInvitation,
  acceptInvitation: invitations.acceptInvitation,
  listAuditLogs: auditLogs.listAuditLogs,
} as const;

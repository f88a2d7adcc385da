import { AccountClosure } from './accounts/account-closure.js';
import { AccountEvents } from './accounts/account.events.js';
import { AccountRepository } from './accounts/account.repository.js';
import { AuditLogController } from './audit/audit-log.controller.js';
import { AuditLogIntake } from './audit/audit-log.intake.js';
import { AuditLogPartitionsJob } from './audit/audit-log-partitions.job.js';
import { AuditLogRepository } from './audit/audit-log.repository.js';
import { AuditLogService } from './audit/audit-log.service.js';
import { InvitationController } from './invitations/invitation.controller.js';
import { InvitationPublisher } from './invitations/invitation.publisher.js';
import { InvitationRedemption } from './invitations/invitation-redemption.js';
import { InvitationRepository } from './invitations/invitation.repository.js';
import { InvitationRevocation } from './invitations/invitation-revocation.js';
import { InvitationService } from './invitations/invitation.service.js';
import { GrantService } from './memberships/grant.service.js';
import { MemberRepository } from './memberships/member.repository.js';
import { MembershipAnnouncementJob } from './memberships/membership-announcement.job.js';
import { MembershipPublisher } from './memberships/membership.publisher.js';
import { RoleAssignmentRepository } from './memberships/role-assignment.repository.js';
import { RoleAssignmentService } from './memberships/role-assignment.service.js';
import { OrganizationController } from './organizations/organization.controller.js';
import { OrganizationDeletion } from './organizations/organization-deletion.js';
import { OrganizationFounding } from './organizations/organization-founding.js';
import { OrganizationRepository } from './organizations/organization.repository.js';
import { OrganizationService } from './organizations/organization.service.js';
import { MeController } from './people/me.controller.js';
import { LeavingService } from './people/leaving.service.js';
import { MemberErasureJob } from './people/member-erasure.job.js';
import { PersonArchiveService } from './people/person-archive.service.js';
import { PersonExportService } from './people/person-export.service.js';
import { UserRemovalService } from './people/user-removal.service.js';
import { UserStatusService } from './people/user-status.service.js';
import { UserController } from './people/user.controller.js';
import { UserRepository } from './people/user.repository.js';
import { UserService } from './people/user.service.js';
import { VisibleUsers } from './people/visible-users.js';
import { PermissionController } from './roles/permission.controller.js';
import { PermissionRepository } from './roles/permission.repository.js';
import { PermissionService } from './roles/permission.service.js';
import { RoleManagementService } from './roles/role-management.service.js';
import { RoleController } from './roles/role.controller.js';
import { RoleRepository } from './roles/role.repository.js';
import { RoleService } from './roles/role.service.js';
import { RetentionJob } from './retention/retention.job.js';
import { SiteController } from './sites/site.controller.js';
import { SiteRepository } from './sites/site.repository.js';
import { SiteService } from './sites/site.service.js';

export const usersControllers = [
  UserController,
  MeController,
  RoleController,
  PermissionController,
  OrganizationController,
  SiteController,
  InvitationController,
  AuditLogController,
];

const repositories = [
  AccountRepository,
  OrganizationRepository,
  MemberRepository,
  RoleAssignmentRepository,
  RoleRepository,
  PermissionRepository,
  SiteRepository,
  InvitationRepository,
  UserRepository,
  AuditLogRepository,
];

export const usersProviders = [
  ...repositories,
  AccountClosure,
  AccountEvents,
  OrganizationFounding,
  OrganizationDeletion,
  OrganizationService,
  MembershipPublisher,
  MembershipAnnouncementJob,
  GrantService,
  RoleAssignmentService,
  RoleService,
  RoleManagementService,
  PermissionService,
  SiteService,
  InvitationPublisher,
  InvitationRevocation,
  InvitationRedemption,
  InvitationService,
  VisibleUsers,
  UserService,
  UserRemovalService,
  UserStatusService,
  LeavingService,
  PersonExportService,
  PersonArchiveService,
  MemberErasureJob,
  AuditLogIntake,
  AuditLogService,
  AuditLogPartitionsJob,
  RetentionJob,
];

import type { DataOf, DomainEventEnvelope } from '@atrium/contract-kit';
import { invitationChanged, memberErased, membershipChanged, organizationChanged } from '@atrium/contracts/domain-events';
import { Database, type Transaction } from '@atrium/platform/database';
import { OnDomainEvent, PoisonMessageError } from '@atrium/platform/messaging';
import { Injectable } from '@nestjs/common';
import { ApiKeyRepository } from '../api-keys/api-key.repository.js';
import { OAuthClientService } from '../provider/clients/oauth-client.service.js';
import { OperatorRepository } from '../operators/operator.repository.js';
import { RevocationPublisher } from '../sessions/revocation-publisher.js';
import { InvitationRepository } from './invitation.repository.js';
import { MembershipRepository } from './membership.repository.js';
import { OrganizationRepository } from './organization.repository.js';

/** Keeps what auth knows of organizations. Events come twice and in any order: the highest version wins. */
@Injectable()
export class ProjectionsConsumer {
  constructor(
    private readonly database: Database,
    private readonly memberships: MembershipRepository,
    private readonly organizations: OrganizationRepository,
    private readonly invitations: InvitationRepository,
    private readonly revocations: RevocationPublisher,
    private readonly apiKeys: ApiKeyRepository,
    private readonly clientApps: OAuthClientService,
    private readonly operators: OperatorRepository,
  ) {}

  @OnDomainEvent(membershipChanged)
  async onMembershipChanged(data: DataOf<typeof membershipChanged>): Promise<void> {
    const outcome = await this.database.inTenant(data.org_id, (tx) => this.memberships.upsert(tx, data));
    // Tokens were made from what was known before; a first membership has none.
    if (outcome === 'updated') this.revocations.requireMembershipVersion(data.user_id, data.org_id, data.version);
  }

  /** With them goes what names their e-mail address here. */
  @OnDomainEvent(memberErased)
  async onMemberErased(data: DataOf<typeof memberErased>): Promise<void> {
    await this.database.inTenant(data.org_id, async (tx) => {
      await this.memberships.erase(tx, data);
      await this.invitations.erasePast(tx, data.user_id);
      await this.apiKeys.eraseOf(tx, data.user_id);
    });
  }

  @OnDomainEvent(organizationChanged)
  async onOrganizationChanged(data: DataOf<typeof organizationChanged>): Promise<void> {
    const ended = await this.database.inTenant(data.org_id, async (tx) => {
      await this.organizations.upsert(tx, data);
      if (!data.deleted) return [];
      // No new token for anybody, before the event of each membership has come.
      await this.memberships.deactivateAll(tx);
      return [...(await this.operators.endVisitsTo(tx, data.org_id)), ...(await this.clientApps.deleteAll(tx))];
    });
    await this.revocations.revokeSessions(ended);
  }

  @OnDomainEvent(invitationChanged)
  async onInvitationChanged(
    data: DataOf<typeof invitationChanged>,
    _tx: Transaction,
    { org_id: orgId }: DomainEventEnvelope,
  ): Promise<void> {
    if (orgId === null) throw new PoisonMessageError('invitation.changed: org_id is missing');
    await this.database.inTenant(orgId, (tx) => this.invitations.upsert(tx, data));
  }
}

import type { membershipChanged } from '@atrium/contracts/domain-events';
import type { DataOf } from '@atrium/contract-kit';

export type MembershipRole = DataOf<typeof membershipChanged>['roles'][number];

/** What a person is in one organization, as auth knows it. */
export interface Membership {
  readonly orgId: string;
  readonly userId: string;
  readonly version: number;
  readonly roles: readonly MembershipRole[];
}

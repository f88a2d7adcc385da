import { isoDateTime, uuid } from '@atrium/contract-kit';
import { z } from 'zod';
import { streamedEvent } from './streamed-event.js';

export const organizationChanged = streamedEvent({
  type: 'organization.changed',
  version: 1,
  publisher: 'users',
  subscribers: ['auth', 'gallery', 'events'],
  /** Once `deleted`, it stays so: its memberships end, each by an event of its own. */
  data: z.object({ org_id: uuid, name: z.string(), version: z.int(), deleted: z.boolean().optional() }),
});

/** The whole membership as it is now; the highest `version` wins. Without roles the person is no longer a member. */
export const membershipChanged = streamedEvent({
  type: 'membership.changed',
  version: 1,
  publisher: 'users',
  subscribers: ['auth'],
  data: z.object({
    org_id: uuid,
    user_id: uuid,
    version: z.int(),
    active: z.boolean(),
    roles: z.array(z.object({ name: z.string(), site_id: uuid.nullable(), permissions: z.array(z.string()) })),
  }),
});

/**
 * What was held of a removed person is deleted; every service deletes its own of before. A later membership starts anew:
 * what has come since `occurred_at` of the message is not meant.
 */
export const memberErased = streamedEvent({
  type: 'member.erased',
  version: 1,
  publisher: 'users',
  subscribers: ['auth', 'gallery', 'events'],
  data: z.object({ org_id: uuid, user_id: uuid, version: z.int() }),
});

export const siteChanged = streamedEvent({
  type: 'site.changed',
  version: 1,
  publisher: 'users',
  subscribers: ['gallery', 'events'],
  data: z.object({ org_id: uuid, site_id: uuid, name: z.string(), deleted: z.boolean(), version: z.int() }),
});

/** Lets auth redeem the token at registration; only its hash travels. */
export const invitationChanged = streamedEvent({
  type: 'invitation.changed',
  version: 1,
  publisher: 'users',
  subscribers: ['auth'],
  confined: ['email', 'token_hash'],
  data: z.object({
    invitation_id: uuid,
    email: z.string(),
    /** SHA-256 of the token, hex. */
    token_hash: z.string(),
    status: z.enum(['pending', 'accepted', 'revoked']),
    expires_at: isoDateTime,
    version: z.int(),
  }),
});

/** Carries the token itself, which is stored nowhere but hashed. */
export const invitationMailRequested = streamedEvent({
  type: 'invitation_mail.requested',
  version: 1,
  publisher: 'users',
  subscribers: ['mailer'],
  confined: ['email', 'token'],
  data: z.object({
    invitation_id: uuid,
    email: z.string(),
    organization_name: z.string(),
    role_name: z.string(),
    token: z.string(),
    expires_at: isoDateTime,
  }),
});

import { isoDateTime, line, uuid } from '@atrium/contract-kit';
import { z } from 'zod';

const httpsUrl = z.url({ protocol: /^https?$/ }).max(2048);

export const profile = z
  .object({ first_name: z.string().nullable(), last_name: z.string().nullable(), avatar_url: z.string().nullable() })
  .meta({ id: 'Profile' });

export const profileInput = z
  .strictObject({
    first_name: line(80).nullable().optional(),
    last_name: line(80).nullable().optional(),
    avatar_url: httpsUrl.nullable().optional(),
  })
  .meta({ id: 'ProfileInput' });
export type ProfileInput = z.output<typeof profileInput>;

/** Removed people are shown where they are asked for alone. */
export const userStatus = z.enum(['active', 'disabled', 'removed']);
export type UserStatus = z.output<typeof userStatus>;

/** A role that a person holds; `site_id` is null when it holds for the whole organization. */
export const heldRole = z
  .object({ id: z.int(), name: z.string(), site_id: uuid.nullable(), permissions: z.array(z.string()) })
  .meta({ id: 'HeldRole' });

/** A person as one organization knows them. */
export const user = z
  .object({
    id: uuid,
    email: z.string(),
    email_verified: z.boolean(),
    status: userStatus,
    roles: z.array(heldRole),
    profile,
    created_at: isoDateTime,
    last_login: isoDateTime.nullable(),
  })
  .meta({ id: 'User' });
export type User = z.output<typeof user>;

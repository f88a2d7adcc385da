import { isoDateTime, uuid } from '@atrium/contract-kit';
import { z } from 'zod';
import { streamedEvent } from './streamed-event.js';

/** A person registered. Users founds their organization, or redeems the invitation. */
export const userRegistered = streamedEvent({
  type: 'user.registered',
  version: 1,
  publisher: 'auth',
  subscribers: ['users'],
  confined: ['email'],
  data: z.object({
    user_id: uuid,
    email: z.string(),
    organization_name: z.string().nullable(),
    invitation_id: uuid.nullable(),
    registered_at: isoDateTime,
  }),
});

export const userEmailVerified = streamedEvent({
  type: 'user.email_verified',
  version: 1,
  publisher: 'auth',
  subscribers: ['users'],
  data: z.object({ user_id: uuid, verified_at: isoDateTime }),
});

export const userLoggedIn = streamedEvent({
  type: 'user.logged_in',
  version: 1,
  publisher: 'auth',
  subscribers: ['users'],
  data: z.object({ user_id: uuid, logged_in_at: isoDateTime }),
});

/** Carries the token itself, which is stored nowhere but hashed. */
export const emailVerificationRequested = streamedEvent({
  type: 'email_verification.requested',
  version: 1,
  publisher: 'auth',
  subscribers: ['mailer'],
  confined: ['email', 'token'],
  data: z.object({ user_id: uuid, email: z.string(), token: z.string(), expires_at: isoDateTime }),
});

/** Carries the token itself, which is stored nowhere but hashed. */
export const passwordResetRequested = streamedEvent({
  type: 'password_reset.requested',
  version: 1,
  publisher: 'auth',
  subscribers: ['mailer'],
  confined: ['email', 'token'],
  data: z.object({ user_id: uuid, email: z.string(), token: z.string(), expires_at: isoDateTime }),
});

/** The person is told by mail, so that a change that isn't theirs doesn't stay unnoticed. */
export const passwordChanged = streamedEvent({
  type: 'password.changed',
  version: 1,
  publisher: 'auth',
  subscribers: ['mailer'],
  confined: ['email'],
  data: z.object({ user_id: uuid, email: z.string(), changed_at: isoDateTime, means: z.enum(['reset', 'change']) }),
});

/** As {@link passwordChanged}: the person is told by mail of every way into the account that comes or goes. */
export const passkeyChanged = streamedEvent({
  type: 'passkey.changed',
  version: 1,
  publisher: 'auth',
  subscribers: ['mailer'],
  confined: ['email'],
  data: z.object({
    user_id: uuid,
    email: z.string(),
    passkey_name: z.string(),
    change: z.enum(['added', 'removed']),
    changed_at: isoDateTime,
  }),
});

/** The person is told by mail, as of a new password: whoever can remove a factor, or has a recovery code, can come in. */
export const secondFactorChanged = streamedEvent({
  type: 'second_factor.changed',
  version: 1,
  publisher: 'auth',
  subscribers: ['mailer'],
  confined: ['email'],
  data: z.object({
    user_id: uuid,
    email: z.string(),
    changed_at: isoDateTime,
    change: z.enum(['totp_added', 'totp_removed', 'recovery_codes_replaced', 'recovery_code_used']),
    recovery_codes_left: z.int().min(0),
  }),
});

/** Several wrong codes in a row: the person is told by mail, since whoever gives them knows the password or holds a session. */
export const secondFactorRefused = streamedEvent({
  type: 'second_factor.refused',
  version: 1,
  publisher: 'auth',
  subscribers: ['mailer'],
  confined: ['email'],
  data: z.object({ user_id: uuid, email: z.string(), refused_at: isoDateTime }),
});

/** Nobody verified the address in time: auth has deleted the account, and its address is free again. */
export const accountExpired = streamedEvent({
  type: 'account.expired',
  version: 1,
  publisher: 'auth',
  subscribers: ['users', 'events'],
  data: z.object({ user_id: uuid }),
});

/** A person closed their account: nobody signs in by it any more. Of this and `account.reopened` the later `at` counts. */
export const accountClosed = streamedEvent({
  type: 'account.closed',
  version: 1,
  publisher: 'users',
  subscribers: ['auth'],
  data: z.object({ user_id: uuid, at: isoDateTime }),
});

/** An operator undid the closing. */
export const accountReopened = streamedEvent({
  type: 'account.reopened',
  version: 1,
  publisher: 'users',
  subscribers: ['auth'],
  data: z.object({ user_id: uuid, at: isoDateTime }),
});

/** The time to reopen a closed account is over: it is deleted for good, and its address is free again. */
export const accountErased = streamedEvent({
  type: 'account.erased',
  version: 1,
  publisher: 'users',
  subscribers: ['auth', 'events'],
  data: z.object({ user_id: uuid }),
});

/** The person is told by mail of a new way into their account. */
export const identityLinked = streamedEvent({
  type: 'identity.linked',
  version: 1,
  publisher: 'auth',
  subscribers: ['mailer'],
  confined: ['email'],
  data: z.object({
    user_id: uuid,
    email: z.string(),
    provider_name: z.string(),
    linked_at: isoDateTime,
    /** Whether a password that was set before the address was verified is gone. */
    password_removed: z.boolean(),
  }),
});

/** … and of one that is gone. */
export const identityUnlinked = streamedEvent({
  type: 'identity.unlinked',
  version: 1,
  publisher: 'auth',
  subscribers: ['mailer'],
  confined: ['email'],
  data: z.object({ user_id: uuid, email: z.string(), provider_name: z.string(), unlinked_at: isoDateTime }),
});

/** The person is told by mail: a key outlives the session that made it, and a new password. */
export const apiKeyCreated = streamedEvent({
  type: 'api_key.created',
  version: 1,
  publisher: 'auth',
  subscribers: ['mailer'],
  confined: ['email'],
  data: z.object({ user_id: uuid, email: z.string(), key_name: z.string(), created_at: isoDateTime, valid_until: isoDateTime }),
});

/** The person is told by mail of each device that they had not signed in from before. */
export const newDeviceSignedIn = streamedEvent({
  type: 'user.signed_in_from_new_device',
  version: 1,
  publisher: 'auth',
  subscribers: ['mailer'],
  confined: ['email', 'device'],
  /** `device` says roughly which; null where it says nothing of itself. */
  data: z.object({ user_id: uuid, email: z.string(), signed_in_at: isoDateTime, device: z.string().nullable() }),
});

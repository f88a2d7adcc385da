import { endpoint, uuid } from '@atrium/contract-kit';
import { z } from 'zod';
import {
  passkey,
  passkeyAssertion,
  passkeyCreationOptions,
  passkeyName,
  passkeyRegistration,
  passkeyRequestOptions,
} from './passkey.schema.js';
import { signedIn } from './signed-in.js';

// None of these is idempotent: an answer of an authenticator works once by itself, and a key that rolled its refusal
// back would bring the challenge back to life.
const shared = { service: 'auth', method: 'POST' } as const;
const perPerson = { requests: 30, windowSeconds: 60, per: 'principal' } as const;
/** An office may share an address, and each visit of a sign-in page asks for options. */
const perAddress = { requests: 60, windowSeconds: 60, per: 'address' } as const;

export const beginPasskeyRegistration = endpoint({
  ...shared,
  operationId: 'auth.beginPasskeyRegistration',
  path: '/api/v1/auth/passkeys/registration/options',
  summary: 'Begin to add a passkey',
  description: 'Asks for a recent proof of identity. The challenge is of this session, works once and lives 5 minutes.',
  access: { kind: 'signed-in' },
  limit: perPerson,
  success: { status: 200, description: 'Options for the browser', schema: passkeyCreationOptions },
  errors: ['REAUTHENTICATION_REQUIRED', 'CONFLICT'],
});

export const finishPasskeyRegistration = endpoint({
  ...shared,
  operationId: 'auth.finishPasskeyRegistration',
  path: '/api/v1/auth/passkeys/registration/verify',
  summary: 'Add a passkey',
  description: 'Twenty a person at most. The person is told by mail.',
  access: { kind: 'signed-in' },
  limit: perPerson,
  body: z.strictObject({ response: passkeyRegistration, name: passkeyName.optional() }).meta({ id: 'AddPasskeyRequest' }),
  success: { status: 201, description: 'The passkey', schema: passkey },
  errors: ['INVALID_CREDENTIALS', 'CONFLICT'],
});

export const beginPasskeyLogin = endpoint({
  ...shared,
  operationId: 'auth.beginPasskeyLogin',
  path: '/api/v1/auth/passkeys/login/options',
  summary: 'Begin to sign in with a passkey',
  description: 'Needs no e-mail address: the authenticator knows whose passkey it holds.',
  access: { kind: 'public' },
  limit: perAddress,
  success: { status: 200, description: 'Options for the browser, alike for everyone', schema: passkeyRequestOptions },
  errors: [],
});

export const finishPasskeyLogin = endpoint({
  ...shared,
  operationId: 'auth.finishPasskeyLogin',
  path: '/api/v1/auth/passkeys/login/verify',
  summary: 'Sign in with a passkey',
  description:
    'Counts as both factors, since the authenticator verifies the person. The token is for `org_id`, or for the organization that the person used last.',
  access: { kind: 'public' },
  device: true,
  limit: perAddress,
  body: z.strictObject({ response: passkeyAssertion, org_id: uuid.optional() }).meta({ id: 'PasskeyLoginRequest' }),
  success: { status: 200, description: 'A new session', schema: signedIn },
  errors: ['INVALID_CREDENTIALS', 'EMAIL_NOT_VERIFIED', 'ACCOUNT_DISABLED'],
});

export const beginPasskeyReauthentication = endpoint({
  ...shared,
  operationId: 'auth.beginPasskeyReauthentication',
  path: '/api/v1/auth/passkeys/reauthenticate/options',
  summary: 'Begin to prove again who you are, with a passkey',
  access: { kind: 'signed-in' },
  limit: perPerson,
  success: { status: 200, description: 'Options for the browser, which name the own passkeys', schema: passkeyRequestOptions },
  errors: [],
});

export const finishPasskeyReauthentication = endpoint({
  ...shared,
  operationId: 'auth.finishPasskeyReauthentication',
  path: '/api/v1/auth/passkeys/reauthenticate/verify',
  summary: 'Prove again who you are, with a passkey',
  access: { kind: 'signed-in' },
  limit: perPerson,
  body: z.strictObject({ response: passkeyAssertion }).meta({ id: 'PasskeyReauthenticationRequest' }),
  success: { status: 204, description: 'This session counts as freshly proven' },
  errors: ['INVALID_CREDENTIALS'],
});

export const listPasskeys = endpoint({
  operationId: 'auth.listPasskeys',
  service: 'auth',
  method: 'GET',
  path: '/api/v1/auth/passkeys',
  summary: 'Own passkeys',
  access: { kind: 'signed-in' },
  success: { status: 200, description: 'Oldest first', schema: z.object({ data: z.array(passkey) }) },
  errors: [],
});

export const renamePasskey = endpoint({
  operationId: 'auth.renamePasskey',
  service: 'auth',
  method: 'PATCH',
  path: '/api/v1/auth/passkeys/{id}',
  summary: 'Rename an own passkey',
  access: { kind: 'signed-in' },
  params: z.object({ id: uuid }),
  body: z.strictObject({ name: passkeyName }),
  success: { status: 200, description: 'The passkey', schema: passkey },
  errors: ['NOT_FOUND'],
});

export const removePasskey = endpoint({
  operationId: 'auth.removePasskey',
  service: 'auth',
  method: 'DELETE',
  path: '/api/v1/auth/passkeys/{id}',
  summary: 'Remove an own passkey',
  description: 'Asks for a recent proof of identity. The person is told by mail. Sessions that it opened go on. CONFLICT when it is the only way in.',
  access: { kind: 'signed-in' },
  params: z.object({ id: uuid }),
  success: { status: 204, description: 'The passkey opens nothing any more' },
  errors: ['REAUTHENTICATION_REQUIRED', 'NOT_FOUND', 'CONFLICT'],
});

import { CreateAccounts1790000000000 } from './1790000000000-create-accounts.js';
import { CreateSessions1790000000100 } from './1790000000100-create-sessions.js';
import { CreateProjections1790000000200 } from './1790000000200-create-projections.js';
import { CreateMessaging1790000000300 } from './1790000000300-create-messaging.js';
import { EraseProjections1790000000390 } from './1790000000390-erase-projections.js';
import { AllowPasswordChanges1790000000400 } from './1790000000400-allow-password-changes.js';
import { RememberAuthentication1790000000500 } from './1790000000500-remember-authentication.js';
import { CreateSecondFactors1790000011000 } from './1790000011000-create-second-factors.js';
import { CreatePasskeys1790000012000 } from './1790000012000-create-passkeys.js';
import { CreateIdentities1790000013000 } from './1790000013000-create-identities.js';
import { CreateApiKeys1790000014000 } from './1790000014000-create-api-keys.js';
import { CloseAccounts1790000015000 } from './1790000015000-close-accounts.js';
import { CreateDevices1790000016000 } from './1790000016000-create-devices.js';
import { CreateOAuthClients1790000017000 } from './1790000017000-create-oauth-clients.js';
import { CreateOidcPayloads1790000017100 } from './1790000017100-create-oidc-payloads.js';
import { CreateOperators1790000018000 } from './1790000018000-create-operators.js';
import { RotateInOneStep1790000019000 } from './1790000019000-rotate-in-one-step.js';
import { OpenSessionInOneStep1790000026000 } from './1790000026000-open-session-in-one-step.js';
import { RotateInFewerStatements1790000026100 } from './1790000026100-rotate-in-fewer-statements.js';

/** In the order in which they run. */
export const authMigrations = [
  CreateAccounts1790000000000,
  CreateSessions1790000000100,
  CreateProjections1790000000200,
  CreateMessaging1790000000300,
  EraseProjections1790000000390,
  AllowPasswordChanges1790000000400,
  RememberAuthentication1790000000500,
  CreateSecondFactors1790000011000,
  CreatePasskeys1790000012000,
  CreateIdentities1790000013000,
  CreateApiKeys1790000014000,
  CloseAccounts1790000015000,
  CreateDevices1790000016000,
  CreateOAuthClients1790000017000,
  CreateOidcPayloads1790000017100,
  CreateOperators1790000018000,
  RotateInOneStep1790000019000,
  OpenSessionInOneStep1790000026000,
  RotateInFewerStatements1790000026100,
];

import { PasskeyAudit } from './passkey-audit.js';
import { PasskeyChallengeRepository } from './passkey-challenge.repository.js';
import { PasskeyLoginService } from './passkey-login.service.js';
import { PasskeyNotice } from './passkey-notice.js';
import { PasskeyProof } from './passkey-proof.js';
import { PasskeyReauthenticationService } from './passkey-reauthentication.service.js';
import { PasskeyRegistrationService } from './passkey-registration.service.js';
import { PasskeyRepository } from './passkey.repository.js';
import { PasskeyService } from './passkey.service.js';

export const passkeyProviders = [
  PasskeyAudit,
  PasskeyChallengeRepository,
  PasskeyLoginService,
  PasskeyNotice,
  PasskeyProof,
  PasskeyReauthenticationService,
  PasskeyRegistrationService,
  PasskeyRepository,
  PasskeyService,
];

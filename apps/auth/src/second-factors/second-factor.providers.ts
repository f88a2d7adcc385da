import { CodeThrottle } from './code-throttle.js';
import { FactorCodes } from './factor-codes.js';
import { FactorJournal } from './factor-journal.js';
import { MfaChallenge } from './mfa-challenge.js';
import { MfaLoginService } from './mfa-login.service.js';
import { MfaTokenRepository } from './mfa-token.repository.js';
import { ReauthenticationService } from './reauthentication.service.js';
import { RecoveryCodeRepository } from './recovery-code.repository.js';
import { RecoveryCodes } from './recovery-codes.js';
import { ReencryptionJob } from './reencryption.job.js';
import { SecondFactorService } from './second-factor.service.js';
import { TotpFactorRepository } from './totp-factor.repository.js';
import { TotpSecrets } from './totp-secrets.js';
import { TotpService } from './totp.service.js';

export const secondFactorProviders = [
  CodeThrottle,
  FactorCodes,
  FactorJournal,
  MfaChallenge,
  MfaLoginService,
  MfaTokenRepository,
  ReauthenticationService,
  RecoveryCodeRepository,
  RecoveryCodes,
  ReencryptionJob,
  SecondFactorService,
  TotpFactorRepository,
  TotpSecrets,
  TotpService,
];

import type { InputOf } from '@atrium/contract-kit';
import { authEndpoints } from '@atrium/contracts/auth';
import { Endpoint, Input } from '@atrium/platform/http';
import { Controller, Header } from '@nestjs/common';
import { ReauthenticationService } from './reauthentication.service.js';
import { MfaLoginService } from './mfa-login.service.js';
import { SecondFactorService } from './second-factor.service.js';
import { TotpService } from './totp.service.js';

@Controller()
export class SecondFactorController {
  constructor(
    private readonly logins: MfaLoginService,
    private readonly reauthentications: ReauthenticationService,
    private readonly factors: SecondFactorService,
    private readonly totp: TotpService,
  ) {}

  @Endpoint(authEndpoints.loginSecondFactor)
  @Header('cache-control', 'no-store')
  login(@Input() { body, client }: InputOf<typeof authEndpoints.loginSecondFactor>) {
    return this.logins.login(body, client);
  }

  @Endpoint(authEndpoints.reauthenticate)
  reauthenticate(@Input() { principal, body, client }: InputOf<typeof authEndpoints.reauthenticate>) {
    return this.reauthentications.reauthenticate(principal, body, client);
  }

  @Endpoint(authEndpoints.getSecondFactors)
  status(@Input() { principal }: InputOf<typeof authEndpoints.getSecondFactors>) {
    return this.factors.status(principal);
  }

  @Endpoint(authEndpoints.enrollTotp)
  @Header('cache-control', 'no-store')
  enrollTotp(@Input() { principal }: InputOf<typeof authEndpoints.enrollTotp>) {
    return this.totp.enroll(principal);
  }

  @Endpoint(authEndpoints.confirmTotp)
  @Header('cache-control', 'no-store')
  confirmTotp(@Input() { principal, body, client }: InputOf<typeof authEndpoints.confirmTotp>) {
    return this.totp.confirm(principal, body.code, client);
  }

  @Endpoint(authEndpoints.removeTotp)
  removeTotp(@Input() { principal }: InputOf<typeof authEndpoints.removeTotp>) {
    return this.totp.remove(principal);
  }

  @Endpoint(authEndpoints.replaceRecoveryCodes)
  @Header('cache-control', 'no-store')
  replaceRecoveryCodes(@Input() { principal }: InputOf<typeof authEndpoints.replaceRecoveryCodes>) {
    return this.factors.replaceRecoveryCodes(principal);
  }
}

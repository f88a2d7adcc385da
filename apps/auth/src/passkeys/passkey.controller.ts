import type { InputOf } from '@atrium/contract-kit';
import { authEndpoints as contract } from '@atrium/contracts/auth';
import { Endpoint, Input } from '@atrium/platform/http';
import { Controller, Header } from '@nestjs/common';
import { PasskeyLoginService } from './passkey-login.service.js';
import { PasskeyReauthenticationService } from './passkey-reauthentication.service.js';
import { PasskeyRegistrationService } from './passkey-registration.service.js';
import { PasskeyService } from './passkey.service.js';

@Controller()
export class PasskeyController {
  constructor(
    private readonly registrations: PasskeyRegistrationService,
    private readonly logins: PasskeyLoginService,
    private readonly reauthentications: PasskeyReauthenticationService,
    private readonly passkeys: PasskeyService,
  ) {}

  @Endpoint(contract.beginPasskeyRegistration)
  @Header('cache-control', 'no-store')
  beginRegistration(@Input() { principal }: InputOf<typeof contract.beginPasskeyRegistration>) {
    return this.registrations.begin(principal);
  }

  @Endpoint(contract.finishPasskeyRegistration)
  finishRegistration(@Input() { principal, body }: InputOf<typeof contract.finishPasskeyRegistration>) {
    return this.registrations.finish(principal, body);
  }

  @Endpoint(contract.beginPasskeyLogin)
  @Header('cache-control', 'no-store')
  beginLogin() {
    return this.logins.begin();
  }

  @Endpoint(contract.finishPasskeyLogin)
  @Header('cache-control', 'no-store')
  finishLogin(@Input() { body, client }: InputOf<typeof contract.finishPasskeyLogin>) {
    return this.logins.finish(body, client);
  }

  @Endpoint(contract.beginPasskeyReauthentication)
  @Header('cache-control', 'no-store')
  beginReauthentication(@Input() { principal }: InputOf<typeof contract.beginPasskeyReauthentication>) {
    return this.reauthentications.begin(principal);
  }

  @Endpoint(contract.finishPasskeyReauthentication)
  finishReauthentication(@Input() { principal, body }: InputOf<typeof contract.finishPasskeyReauthentication>) {
    return this.reauthentications.finish(principal, body.response);
  }

  @Endpoint(contract.listPasskeys)
  list(@Input() { principal }: InputOf<typeof contract.listPasskeys>) {
    return this.passkeys.list(principal);
  }

  @Endpoint(contract.renamePasskey)
  rename(@Input() { principal, params, body }: InputOf<typeof contract.renamePasskey>) {
    return this.passkeys.rename(principal, params.id, body.name);
  }

  @Endpoint(contract.removePasskey)
  remove(@Input() { principal, params }: InputOf<typeof contract.removePasskey>) {
    return this.passkeys.remove(principal, params.id);
  }
}

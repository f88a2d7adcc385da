import type { InputOf } from '@atrium/contract-kit';
import { authEndpoints } from '@atrium/contracts/auth';
import { Endpoint, Input } from '@atrium/platform/http';
import { Controller, Header } from '@nestjs/common';
import { MeService } from '../accounts/me.service.js';
import { SessionService } from './session.service.js';
import { SwitchOrganizationService } from './switch-organization.service.js';

@Controller()
export class SessionController {
  constructor(
    private readonly sessions: SessionService,
    private readonly switches: SwitchOrganizationService,
    private readonly people: MeService,
  ) {}

  @Endpoint(authEndpoints.logout)
  logout(@Input() { principal, body }: InputOf<typeof authEndpoints.logout>) {
    return this.sessions.logout(principal, body?.refresh_token);
  }

  @Endpoint(authEndpoints.logoutAll)
  logoutAll(@Input() { principal }: InputOf<typeof authEndpoints.logoutAll>) {
    return this.sessions.logoutAll(principal);
  }

  @Endpoint(authEndpoints.switchOrganization)
  @Header('cache-control', 'no-store')
  switchOrganization(@Input() { principal, body }: InputOf<typeof authEndpoints.switchOrganization>) {
    return this.switches.switch(principal, body);
  }

  @Endpoint(authEndpoints.me)
  me(@Input() { principal }: InputOf<typeof authEndpoints.me>) {
    return this.people.me(principal);
  }

  @Endpoint(authEndpoints.listSessions)
  listSessions(@Input() { principal }: InputOf<typeof authEndpoints.listSessions>) {
    return this.sessions.list(principal);
  }

  @Endpoint(authEndpoints.revokeSession)
  revokeSession(@Input() { principal, params }: InputOf<typeof authEndpoints.revokeSession>) {
    return this.sessions.revoke(principal, params.id);
  }
}

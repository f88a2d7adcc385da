import type { InputOf } from '@atrium/contract-kit';
import { authEndpoints } from '@atrium/contracts/auth';
import { Endpoint, Input } from '@atrium/platform/http';
import { Controller } from '@nestjs/common';
import { IdentityService } from './identity.service.js';

@Controller()
export class IdentityController {
  constructor(private readonly identities: IdentityService) {}

  @Endpoint(authEndpoints.listIdentities)
  list(@Input() { principal }: InputOf<typeof authEndpoints.listIdentities>) {
    return this.identities.list(principal);
  }

  @Endpoint(authEndpoints.addIdentity)
  add(@Input() { principal, body, cookies }: InputOf<typeof authEndpoints.addIdentity>) {
    return this.identities.add(principal, body, cookies);
  }

  @Endpoint(authEndpoints.removeIdentity)
  remove(@Input() { principal, params }: InputOf<typeof authEndpoints.removeIdentity>) {
    return this.identities.remove(principal, params.id);
  }
}

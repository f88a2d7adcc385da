import type { InputOf } from '@atrium/contract-kit';
import { authEndpoints as endpoints } from '@atrium/contracts/auth';
import { Endpoint, Input } from '@atrium/platform/http';
import { Controller, Header } from '@nestjs/common';
import { OAuthClientService } from './oauth-client.service.js';

@Controller()
export class OAuthClientController {
  constructor(private readonly clients: OAuthClientService) {}

  @Endpoint(endpoints.listOAuthClients)
  list(@Input() { principal }: InputOf<typeof endpoints.listOAuthClients>) {
    return this.clients.list(principal);
  }

  @Endpoint(endpoints.createOAuthClient)
  @Header('cache-control', 'no-store')
  create(@Input() { principal, body }: InputOf<typeof endpoints.createOAuthClient>) {
    return this.clients.create(principal, body);
  }

  @Endpoint(endpoints.getOAuthClient)
  get(@Input() { principal, params }: InputOf<typeof endpoints.getOAuthClient>) {
    return this.clients.get(principal, params.id);
  }

  @Endpoint(endpoints.updateOAuthClient)
  update(@Input() { principal, params, body }: InputOf<typeof endpoints.updateOAuthClient>) {
    return this.clients.update(principal, params.id, body);
  }

  @Endpoint(endpoints.rotateOAuthClientSecret)
  @Header('cache-control', 'no-store')
  rotateSecret(@Input() { principal, params }: InputOf<typeof endpoints.rotateOAuthClientSecret>) {
    return this.clients.rotateSecret(principal, params.id);
  }

  @Endpoint(endpoints.deleteOAuthClient)
  delete(@Input() { principal, params }: InputOf<typeof endpoints.deleteOAuthClient>) {
    return this.clients.delete(principal, params.id);
  }
}

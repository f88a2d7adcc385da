import type { InputOf } from '@atrium/contract-kit';
import { authEndpoints as contract } from '@atrium/contracts/auth';
import { Endpoint, Input } from '@atrium/platform/http';
import { Controller, Header } from '@nestjs/common';
import { ApiKeyService } from './api-key.service.js';

@Controller()
export class ApiKeyController {
  constructor(private readonly keys: ApiKeyService) {}

  @Endpoint(contract.createApiKey)
  @Header('cache-control', 'no-store')
  create(@Input() { principal, body }: InputOf<typeof contract.createApiKey>) {
    return this.keys.create(principal, body);
  }

  @Endpoint(contract.listApiKeys)
  list(@Input() { principal, query }: InputOf<typeof contract.listApiKeys>) {
    return this.keys.list(principal, query);
  }

  @Endpoint(contract.deleteApiKey)
  delete(@Input() { principal, params }: InputOf<typeof contract.deleteApiKey>) {
    return this.keys.delete(principal, params.id);
  }
}

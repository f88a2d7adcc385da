import { authEndpoints } from '@atrium/contracts/auth';
import { Endpoint } from '@atrium/platform/http';
import { Controller, Header } from '@nestjs/common';
import { KeyRing } from './key-ring.js';

@Controller()
export class JwksController {
  constructor(private readonly keys: KeyRing) {}

  @Endpoint(authEndpoints.jwks)
  @Header('cache-control', 'public, max-age=60')
  async jwks() {
    return this.keys.jwks();
  }
}

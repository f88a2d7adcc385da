import type { InputOf } from '@atrium/contract-kit';
import { authEndpoints } from '@atrium/contracts/auth';
import { Endpoint, Input } from '@atrium/platform/http';
import { Controller, Header } from '@nestjs/common';
import { OauthCallbackService } from './oauth-callback.service.js';
import { OauthSignInService } from './oauth-sign-in.service.js';
import { OauthStartService } from './oauth-start.service.js';

@Controller()
export class OauthController {
  constructor(
    private readonly starts: OauthStartService,
    private readonly callbacks: OauthCallbackService,
    private readonly signIns: OauthSignInService,
  ) {}

  @Endpoint(authEndpoints.listOauthProviders)
  listProviders(@Input() _input: InputOf<typeof authEndpoints.listOauthProviders>) {
    return this.starts.providers();
  }

  @Endpoint(authEndpoints.startOauth)
  start(@Input() { params, query }: InputOf<typeof authEndpoints.startOauth>) {
    return this.starts.start(params.provider, query);
  }

  @Endpoint(authEndpoints.finishOauth)
  finish(@Input() { params, query, cookies }: InputOf<typeof authEndpoints.finishOauth>) {
    return this.callbacks.finish(params.provider, query, cookies);
  }

  @Endpoint(authEndpoints.redeemOauthCode)
  @Header('cache-control', 'no-store')
  redeem(@Input() { body, cookies, client }: InputOf<typeof authEndpoints.redeemOauthCode>) {
    return this.signIns.redeem(body, cookies, client);
  }

  @Endpoint(authEndpoints.linkIdentity)
  @Header('cache-control', 'no-store')
  link(@Input() { principal, params, body }: InputOf<typeof authEndpoints.linkIdentity>) {
    return this.starts.link(principal, params.provider, body);
  }
}

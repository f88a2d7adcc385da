import { CodeRedemption } from './code-redemption.js';
import { CodeRepository } from './code.repository.js';
import { FlowCookie } from './flow-cookie.js';
import { FlowRepository } from './flow.repository.js';
import { IssuerClients } from './issuer-clients.js';
import { IssuerGate } from './issuer-gate.js';
import { OauthCallbackService } from './oauth-callback.service.js';
import { OauthSignInService } from './oauth-sign-in.service.js';
import { OauthStartService } from './oauth-start.service.js';
import { ProviderDirectory } from './provider-directory.js';
import { RedirectUris } from './redirect-uris.js';

/** What signing in with other issuers is made of. */
export const federationProviders = [
  CodeRedemption,
  CodeRepository,
  FlowCookie,
  FlowRepository,
  IssuerClients,
  IssuerGate,
  OauthCallbackService,
  OauthSignInService,
  OauthStartService,
  ProviderDirectory,
  RedirectUris,
];

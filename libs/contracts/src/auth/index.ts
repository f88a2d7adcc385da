export * from './api-key.endpoints.js';
export * from './api-key-exchange.js';
export * from './credentials.js';
export * from './export.endpoints.js';
export * from './keys.endpoints.js';
export * from './passkey.endpoints.js';
export * from './passkey.schema.js';
export * from './oauth-client.endpoints.js';
export * from './oidc.endpoints.js';
export * from './oauth.endpoints.js';
export * from './password.endpoints.js';
export * from './redirect-uri.js';
export * from './registration.endpoints.js';
export * from './second-factor.endpoints.js';
export * from './session.endpoints.js';
import * as apiKeys from './api-key.endpoints.js';
export * from './signed-in.js';
import * as exports from './export.endpoints.js';
import * as keys from './keys.endpoints.js';
import * as passkeys from './passkey.endpoints.js';
import * as clients from './oauth-client.endpoints.js';
import * as oidc from './oidc.endpoints.js';
import * as oauth from './oauth.endpoints.js';
import * as passwords from './password.endpoints.js';
import * as registration from './registration.endpoints.js';
import * as secondFactors from './second-factor.endpoints.js';
import * as sessions from './session.endpoints.js';

export const authEndpoints = {
  register: registration.register,
  verifyEmail: registration.verifyEmail,
  resendVerification: registration.resendVerification,
  measurePassword: passwords.measurePassword,
  forgotPassword: passwords.forgotPassword,
  resetPassword: passwords.resetPassword,
  changePassword: passwords.changePassword,
  login: sessions.login,
  loginSecondFactor: secondFactors.loginSecondFactor,
  reauthenticate: secondFactors.reauthenticate,
  getSecondFactors: secondFactors.getSecondFactors,
  enrollTotp: secondFactors.enrollTotp,
  confirmTotp: secondFactors.confirmTotp,
  removeTotp: secondFactors.removeTotp,
  replaceRecoveryCodes: secondFactors.replaceRecoveryCodes,
  refresh: sessions.refresh,
  logout: sessions.logout,
  logoutAll: sessions.logoutAll,
  switchOrganization: sessions.switchOrganization,
  me: sessions.me,
  exportAccount: exports.exportAccount,
  listSessions: sessions.listSessions,
  revokeSession: sessions.revokeSession,
  beginPasskeyRegistration: passkeys.beginPasskeyRegistration,
  finishPasskeyRegistration: passkeys.finishPasskeyRegistration,
  beginPasskeyLogin: passkeys.beginPasskeyLogin,
  finishPasskeyLogin: passkeys.finishPasskeyLogin,
  beginPasskeyReauthentication: passkeys.beginPasskeyReauthentication,
  finishPasskeyReauthentication: passkeys.finishPasskeyReauthentication,
  listPasskeys: passkeys.listPasskeys,
  renamePasskey: passkeys.renamePasskey,
  removePasskey: passkeys.removePasskey,
  createApiKey: apiKeys.createApiKey,
  listApiKeys: apiKeys.listApiKeys,
  deleteApiKey: apiKeys.deleteApiKey,
  listOauthProviders: oauth.listOauthProviders,
  startOauth: oauth.startOauth,
  finishOauth: oauth.finishOauth,
  redeemOauthCode: oauth.redeemOauthCode,
  linkIdentity: oauth.linkIdentity,
  listIdentities: oauth.listIdentities,
  addIdentity: oauth.addIdentity,
  removeIdentity: oauth.removeIdentity,
  jwks: keys.jwks,
  listOAuthClients: clients.listOAuthClients,
  createOAuthClient: clients.createOAuthClient,
  getOAuthClient: clients.getOAuthClient,
  updateOAuthClient: clients.updateOAuthClient,
  rotateOAuthClientSecret: clients.rotateOAuthClientSecret,
  deleteOAuthClient: clients.deleteOAuthClient,
  discovery: oidc.discovery,
  providerKeys: oidc.providerKeys,
  authorize: oidc.authorize,
  resumeAuthorization: oidc.resumeAuthorization,
  interactionPage: oidc.interactionPage,
  interactionLogin: oidc.interactionLogin,
  interactionSecondFactor: oidc.interactionSecondFactor,
  interactionConsent: oidc.interactionConsent,
  token: oidc.token,
  introspectToken: oidc.introspectToken,
  revokeToken: oidc.revokeToken,
  userinfo: oidc.userinfo,
  postUserinfo: oidc.postUserinfo,
  endSession: oidc.endSession,
  confirmEndSession: oidc.confirmEndSession,
  sessionEnded: oidc.sessionEnded,
} as const;

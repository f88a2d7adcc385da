import { auditRecorded } from '@atrium/contracts/domain-events';
import { queues } from '@atrium/contracts/queues';
import { RecordedDenials } from '@atrium/platform/audit';
import { AuthGuardModule, JwksCache } from '@atrium/platform/auth-guard';
import { dataModules } from '@atrium/platform/service';
import { SHARED_STATE, type SharedState, StateModule } from '@atrium/platform/state';
import { type DynamicModule, Global, Module } from '@nestjs/common';
import { AccountClosureConsumer } from './accounts/account-closure.consumer.js';
import { AccountClosureRepository } from './accounts/account-closure.repository.js';
import { AccountExportController } from './accounts/account-export.controller.js';
import { AccountExportService } from './accounts/account-export.service.js';
import { AccountRepository } from './accounts/account.repository.js';
import { EmailTokenRepository } from './accounts/email-token.repository.js';
import { EmailVerificationService } from './accounts/email-verification.service.js';
import { MeService } from './accounts/me.service.js';
import { NewAccount } from './accounts/new-account.js';
import { RegistrationController } from './accounts/registration.controller.js';
import { RegistrationService } from './accounts/registration.service.js';
import { TokenMail } from './accounts/token-mail.js';
import { apiKeyControllers, apiKeyProviders } from './api-keys/api-keys.providers.js';
import { AccountAudit } from './audit/account-audit.js';
import { AUTH_CONFIG, type AuthConfig } from './config.js';
import { Encryption } from './encryption/encryption.js';
import { FederatedAccounts } from './identities/federated-accounts.js';
import { IdentityLinks } from './identities/identity-links.js';
import { IdentityController } from './identities/identity.controller.js';
import { IdentityRepository } from './identities/identity.repository.js';
import { IdentityService } from './identities/identity.service.js';
import { WaysIn } from './identities/ways-in.js';
import { DeviceRepository } from './devices/device.repository.js';
import { KnownDevices } from './devices/known-devices.js';
import { InvitationRepository } from './memberships/invitation.repository.js';
import { MembershipRepository } from './memberships/membership.repository.js';
import { OrganizationRepository } from './memberships/organization.repository.js';
import { ProjectionsConsumer } from './memberships/projections.consumer.js';
import { OperatorRepository } from './operators/operator.repository.js';
import { OperatorVisits } from './operators/operator-visits.js';
import { PasskeyController } from './passkeys/passkey.controller.js';
import { passkeyProviders } from './passkeys/passkey.providers.js';
import { CurrentPassword } from './passwords/current-password.js';
import { federationProviders } from './federation/federation.providers.js';
import { OauthController } from './federation/oauth.controller.js';
import { NewPassword } from './passwords/new-password.js';
import { PasswordChangeService } from './passwords/password-change.service.js';
import { PasswordHasher } from './passwords/password-hasher.js';
import { PasswordReplacement } from './passwords/password-replacement.js';
import { PasswordResetService } from './passwords/password-reset.service.js';
import { PasswordStrengthService } from './passwords/password-strength.service.js';
import { PasswordController } from './passwords/password.controller.js';
import { StrengthMeter } from './passwords/strength-meter.js';
import { OAuthClientController } from './provider/clients/oauth-client.controller.js';
import { authorizationServerProviders } from './provider/authorization-server.providers.js';
import { RetentionJob } from './retention/retention.job.js';
import { SecondFactorController } from './second-factors/second-factor.controller.js';
import { secondFactorProviders } from './second-factors/second-factor.providers.js';
import { LoginService } from './sessions/login.service.js';
import { LoginThrottle } from './sessions/login-throttle.js';
import { OwnSession } from './sessions/own-session.js';
import { RefreshService } from './sessions/refresh.service.js';
import { RefreshTokenRepository } from './sessions/refresh-token.repository.js';
import { RevocationPublisher } from './sessions/revocation-publisher.js';
import { SessionController } from './sessions/session.controller.js';
import { SessionRoutes } from './sessions/session.routes.js';
import { SessionMemberships } from './sessions/session-memberships.js';
import { SessionOpener } from './sessions/session-opener.js';
import { SessionRepository } from './sessions/session.repository.js';
import { SessionService } from './sessions/session.service.js';
import { SignedInAnswer } from './sessions/signed-in.js';
import { SignIn } from './sessions/sign-in.js';
import { SignInLookup } from './sessions/sign-in-lookup.js';
import { StepUp } from './sessions/step-up.js';
import { SwitchOrganizationService } from './sessions/switch-organization.service.js';
import { UsualOpener } from './sessions/usual-opener.js';
import { UsualOpeningRepository } from './sessions/usual-opening.repository.js';
import { JwksController } from './signing-keys/jwks.controller.js';
import { KeyRing } from './signing-keys/key-ring.js';
import { RotationJob } from './signing-keys/rotation.job.js';
import { AccessTokenIssuer } from './tokens/access-token-issuer.js';

/** Keys and configuration, which the guard needs before anything else. */
@Global()
@Module({})
class SigningKeysModule {
  static forRoot(config: AuthConfig): DynamicModule {
    return {
      module: SigningKeysModule,
      controllers: [JwksController],
      providers: [{ provide: AUTH_CONFIG, useValue: config }, KeyRing],
      exports: [AUTH_CONFIG, KeyRing],
    };
  }
}

/** Auth checks tokens by its own keys, not over its own address: it must not wait for itself to start. */
const guard = (config: AuthConfig): DynamicModule =>
  AuthGuardModule.forRootAsync({
    inject: [SHARED_STATE, KeyRing, RecordedDenials],
    useFactory: (state: SharedState, keys: KeyRing, accessLog: RecordedDenials) => ({
      jwksUrl: config.JWKS_URL,
      issuer: config.TOKEN_ISSUER,
      audience: config.TOKEN_AUDIENCE,
      revocations: state.revocations,
      accessLog,
      jwks: new JwksCache({ url: config.JWKS_URL, cooldownSeconds: 0, fetch: async () => Response.json(keys.jwks()) }),
    }),
  });

const repositories = [
  AccountClosureRepository,
  AccountRepository,
  DeviceRepository,
  EmailTokenRepository,
  IdentityRepository,
  InvitationRepository,
  MembershipRepository,
  OperatorRepository,
  OrganizationRepository,
  RefreshTokenRepository,
  SessionRepository,
  UsualOpeningRepository,
];

const services = [
  AccountAudit,
  AccessTokenIssuer,
  AccountClosureConsumer,
  AccountExportService,
  CurrentPassword,
  EmailVerificationService,
  Encryption,
  FederatedAccounts,
  IdentityLinks,
  IdentityService,
  KnownDevices,
  LoginService,
  LoginThrottle,
  MeService,
  NewAccount,
  NewPassword,
  OperatorVisits,
  OwnSession,
  PasswordChangeService,
  PasswordHasher,
  PasswordReplacement,
  PasswordResetService,
  PasswordStrengthService,
  ProjectionsConsumer,
  SessionRoutes,
  RefreshService,
  RegistrationService,
  RetentionJob,
  RevocationPublisher,
  RotationJob,
  SessionMemberships,
  SessionOpener,
  SessionService,
  SignedInAnswer,
  SignIn,
  SignInLookup,
  StepUp,
  StrengthMeter,
  SwitchOrganizationService,
  TokenMail,
  UsualOpener,
  WaysIn,
];

/** Identities, sessions and tokens. */
@Module({})
export class AuthModule {
  static forRoot(config: AuthConfig): DynamicModule {
    return {
      module: AuthModule,
      imports: [
        SigningKeysModule.forRoot(config),
        StateModule.forRoot(config.STATE_SECRET_ID),
        guard(config),
        ...dataModules(config, { service: 'auth', inbox: queues.authInbox, audit: auditRecorded }),
      ],
      controllers: [
        AccountExportController,
        ...apiKeyControllers,
        OAuthClientController,
        IdentityController,
        OauthController,
        PasskeyController,
        PasswordController,
        RegistrationController,
        SecondFactorController,
        SessionController,
      ],
      providers: [
        ...repositories,
        ...services,
        ...apiKeyProviders,
        ...authorizationServerProviders,
        ...federationProviders,
        ...passkeyProviders,
        ...secondFactorProviders,
      ],
    };
  }
}

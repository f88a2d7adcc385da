import type { InputOf } from '@atrium/contract-kit';
import { authEndpoints } from '@atrium/contracts/auth';
import { Endpoint, Input } from '@atrium/platform/http';
import { Controller } from '@nestjs/common';
import { EmailVerificationService } from './email-verification.service.js';
import { RegistrationService } from './registration.service.js';

@Controller()
export class RegistrationController {
  constructor(
    private readonly registration: RegistrationService,
    private readonly verification: EmailVerificationService,
  ) {}

  @Endpoint(authEndpoints.register)
  register(@Input() { body }: InputOf<typeof authEndpoints.register>) {
    return this.registration.register(body);
  }

  @Endpoint(authEndpoints.verifyEmail)
  verifyEmail(@Input() { body }: InputOf<typeof authEndpoints.verifyEmail>) {
    return this.verification.verify(body.token);
  }

  @Endpoint(authEndpoints.resendVerification)
  resendVerification(@Input() { body }: InputOf<typeof authEndpoints.resendVerification>) {
    return this.verification.resend(body.email);
  }
}

import type { InputOf } from '@atrium/contract-kit';
import { authEndpoints } from '@atrium/contracts/auth';
import { Endpoint, Input } from '@atrium/platform/http';
import { Controller, Header } from '@nestjs/common';
import { PasswordChangeService } from './password-change.service.js';
import { PasswordResetService } from './password-reset.service.js';
import { PasswordStrengthService } from './password-strength.service.js';

@Controller()
export class PasswordController {
  constructor(
    private readonly resets: PasswordResetService,
    private readonly changes: PasswordChangeService,
    private readonly strengths: PasswordStrengthService,
  ) {}

  @Endpoint(authEndpoints.measurePassword)
  @Header('cache-control', 'no-store')
  measure(@Input() { body }: InputOf<typeof authEndpoints.measurePassword>) {
    return this.strengths.measure(body);
  }

  @Endpoint(authEndpoints.forgotPassword)
  forgot(@Input() { body }: InputOf<typeof authEndpoints.forgotPassword>) {
    return this.resets.forgot(body.email);
  }

  @Endpoint(authEndpoints.resetPassword)
  reset(@Input() { body, client }: InputOf<typeof authEndpoints.resetPassword>) {
    return this.resets.reset(body, client);
  }

  @Endpoint(authEndpoints.changePassword)
  change(@Input() { principal, body }: InputOf<typeof authEndpoints.changePassword>) {
    return this.changes.change(principal, body);
  }
}

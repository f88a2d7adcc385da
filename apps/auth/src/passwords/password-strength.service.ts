import type { InputOf } from '@atrium/contract-kit';
import type { authEndpoints, PasswordStrength } from '@atrium/contracts/auth';
import { Injectable } from '@nestjs/common';
import { passwordProblem } from './password-policy.js';
import { StrengthMeter } from './strength-meter.js';

type Question = InputOf<typeof authEndpoints.measurePassword>['body'];

@Injectable()
export class PasswordStrengthService {
  constructor(private readonly meter: StrengthMeter) {}

  /** What the policy refuses is said first: whatever its score, it can't be had. */
  async measure({ password, email }: Question): Promise<PasswordStrength> {
    const problem = passwordProblem(password, { email: email ?? '', organizationNames: [] });
    const words = email === undefined ? [] : [email, ...email.split(/[^\p{L}\p{N}]+/u)];
    const { score, warning, suggestions } = await this.meter.measure(password, words);
    return {
      score,
      acceptable: problem === undefined,
      warning: problem === undefined ? warning : `The password ${problem}.`,
      suggestions,
    };
  }
}

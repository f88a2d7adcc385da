import { Database } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';
import type { Account } from '../accounts/account.repository.js';
import { MembershipRepository } from '../memberships/membership.repository.js';
import { PasswordHasher } from './password-hasher.js';
import { requireAcceptablePassword } from './password-policy.js';

/** Hashes what an existing person wants as their password. */
@Injectable()
export class NewPassword {
  constructor(
    private readonly database: Database,
    private readonly memberships: MembershipRepository,
    private readonly hasher: PasswordHasher,
  ) {}

  /** Throws VALIDATION_ERROR for one that the policy refuses, before the costly hash. */
  async hash({ id, email }: Pick<Account, 'id' | 'email'>, password: string): Promise<string> {
    const memberships = await this.database.asUser(id, (tx) => this.memberships.listOfPerson(tx, id));
    requireAcceptablePassword(password, { email, organizationNames: memberships.flatMap((one) => one.organizationName ?? []) });
    return this.hasher.hash(password);
  }
}

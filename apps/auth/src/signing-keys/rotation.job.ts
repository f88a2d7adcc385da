import { AuditTrail } from '@atrium/platform/audit';
import { LOGGER } from '@atrium/platform/context';
import { Database, type Transaction } from '@atrium/platform/database';
import { RecurringJob } from '@atrium/platform/jobs';
import type { Logger } from '@atrium/platform/logging';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { AUTH_CONFIG, type AuthConfig } from '../config.js';
import { KeyRing } from './key-ring.js';
import { promoteSigningKey, signingKeyVersions, stageSigningKey } from './key-rotation.js';

export type RotationStep = 'staged' | 'promoted' | 'nothing';

/**
 * Replaces the signing key when it gets old: the next one is published, and signs after the wait. Each step is decided
 * from what Secrets Manager holds, so that an instance goes on where another one died.
 */
@Injectable()
export class RotationJob extends RecurringJob implements OnApplicationShutdown {
  private readonly client: SecretsManagerClient;

  constructor(
    private readonly database: Database,
    private readonly keys: KeyRing,
    private readonly audit: AuditTrail,
    @Inject(AUTH_CONFIG) private readonly config: AuthConfig,
    @Inject(LOGGER) logger: Logger,
  ) {
    super(logger, { everyMs: config.SIGNING_KEYS_RELOAD_SECONDS * 1000, failure: 'The signing key could not be rotated.' });
    this.client = new SecretsManagerClient({
      region: config.AWS_REGION,
      requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
    });
  }

  onApplicationShutdown(): void {
    this.client.destroy();
  }

  /** Does the step that is due, unless another instance is at it. `now`: milliseconds since the epoch. */
  async run(now: number = Date.now()): Promise<RotationStep> {
    const step = (await this.database.alone('auth.signing_key_rotation', (tx) => this.rotate(tx, now))) ?? 'nothing';
    if (step !== 'nothing') {
      this.logger.info({ event: `signing_key.${step}` }, `The next signing key was ${step}.`);
      await this.keys.reload();
    }
    return step;
  }

  private async rotate(tx: Transaction, now: number): Promise<RotationStep> {
    const { SIGNING_KEYS_SECRET_ID: secretId, SIGNING_KEY_WAIT_SECONDS: waitSeconds, SIGNING_KEY_SECONDS: age } = this.config;
    const { pending, current } = await signingKeyVersions(this.client, secretId);
    const isPast = (createdAt: number | undefined, seconds: number): boolean => (createdAt ?? now) + seconds * 1000 <= now;
    if (pending) {
      if (!isPast(pending.createdAt, waitSeconds)) return 'nothing';
      await promoteSigningKey(this.client, secretId, { waitSeconds, now: () => now });
      return this.note(tx, 'promoted');
    }
    // So that the current one is as old as is wanted when the next one takes over.
    if (!current || !isPast(current.createdAt, age - waitSeconds)) return 'nothing';
    await stageSigningKey(this.client, secretId);
    return this.note(tx, 'staged');
  }

  private async note(tx: Transaction, step: 'staged' | 'promoted'): Promise<RotationStep> {
    await this.audit.record(tx, { action: `signing_key.${step}` }, { orgId: null });
    return step;
  }
}

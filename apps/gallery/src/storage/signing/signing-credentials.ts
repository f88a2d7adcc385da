import type { Clock } from './clock.js';

/** Credentials of AWS; temporary ones, such as those of a task's role, have a token and an end. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
  readonly expiration?: Date | undefined;
}

/** Such as the SDK's: it caches, and renews what is about to end. */
export type CredentialsProvider = () => Promise<AwsCredentials>;

/** Milliseconds before their end at which credentials are asked for anew; the SDK's providers renew them then. */
export const renewalMs = 5 * 60_000;

/**
 * The credentials to sign with. What was given is used without waiting as long as it lasts; one question is asked at a
 * time. While the provider fails, credentials are used up to their end.
 */
export class SigningCredentials {
  private held: AwsCredentials | undefined;
  private asking: Promise<AwsCredentials> | undefined;

  constructor(
    private readonly provider: CredentialsProvider,
    private readonly now: Clock,
  ) {}

  /** Not a promise where nothing has to be waited for. Rejects when there are none that still hold. */
  current(): AwsCredentials | Promise<AwsCredentials> {
    return this.held && this.lasts(this.held, renewalMs) ? this.held : this.renew();
  }

  private renew(): Promise<AwsCredentials> {
    this.asking ??= this.ask().finally(() => (this.asking = undefined));
    return this.asking;
  }

  private async ask(): Promise<AwsCredentials> {
    try {
      this.held = await this.provider();
    } catch (error) {
      if (!this.held || !this.lasts(this.held, 0)) throw error;
    }
    return this.held;
  }

  private lasts({ expiration }: AwsCredentials, milliseconds: number): boolean {
    return expiration === undefined || expiration.getTime() - this.now() > milliseconds;
  }
}

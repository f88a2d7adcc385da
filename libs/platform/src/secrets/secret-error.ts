/** Why a secret could not be given: it isn't there, the store did not answer, or its content is not what was asked for. */
export type SecretErrorReason = 'missing' | 'unavailable' | 'invalid';

/** Its message names the secret and the offending fields, never a value. */
export class SecretError extends Error {
  override readonly name = 'SecretError';

  constructor(
    readonly secretId: string,
    readonly reason: SecretErrorReason,
    message: string,
    options?: ErrorOptions,
  ) {
    super(`Secret ${secretId}: ${message}`, options);
  }
}

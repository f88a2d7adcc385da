/** A message that no redelivery can mend: it goes to the dead-letter queue at once. The reason is shown to operators. */
export class PoisonMessageError extends Error {
  override readonly name = 'PoisonMessageError';

  constructor(
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(reason, options);
  }
}

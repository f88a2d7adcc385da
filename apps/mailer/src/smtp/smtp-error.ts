import { PoisonMessageError } from '@atrium/platform/messaging';

/** The server can't be reached or is busy; the code is Node's, so that consumers keep the message and try again. */
export class SmtpUnavailableError extends Error {
  override readonly name = 'SmtpUnavailableError';
  readonly code = 'ETIMEDOUT';
}

/** nodemailer's own codes for a connection that failed. */
const connectionCodes = new Set(['ECONNECTION', 'ESOCKET', 'EDNS', 'ETIMEDOUT', 'EPROXY', 'ETLS', 'EAUTH']);

const numberOf = (error: object, name: 'responseCode'): number | undefined => {
  const value: unknown = Reflect.get(error, name);
  return typeof value === 'number' ? value : undefined;
};

/**
 * What a failed send means (RFC 5321 §4.2.1): no connection is an outage, a permanent refusal (5yz) is a dead letter, and
 * anything else is delivered again. The server's own text stays out: it quotes addresses.
 */
export function toSendError(error: unknown): Error {
  if (!(error instanceof Error)) return new Error('The mail could not be sent.');
  const code: unknown = 'code' in error ? error.code : undefined;
  const reply = numberOf(error, 'responseCode');
  if ((typeof code === 'string' && connectionCodes.has(code)) || reply === 421) {
    return new SmtpUnavailableError(`The SMTP server is not available (${String(code ?? reply)}).`);
  }
  if (reply !== undefined && reply >= 500) return new PoisonMessageError(`the SMTP server refused the mail: ${reply}`);
  return new Error(`The SMTP server did not take the mail (${String(reply ?? code ?? error.name)}).`);
}

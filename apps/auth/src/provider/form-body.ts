import type { IncomingMessage } from 'node:http';

/** The body of a form, read before the provider's work begins, where the library looks for what was read already. */
interface ReadRequest extends IncomingMessage {
  body?: unknown;
}

export const keepForm = (request: ReadRequest, body: unknown): void => {
  request.body = typeof body === 'string' ? body : '';
};

export const formOf = (request: ReadRequest): URLSearchParams =>
  new URLSearchParams(typeof request.body === 'string' ? request.body : '');

export const replaceForm = (request: ReadRequest, form: URLSearchParams): void => {
  request.body = form.toString();
};

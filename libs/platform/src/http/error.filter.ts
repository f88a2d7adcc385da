import type { ErrorCode, ErrorEnvelope } from '@atrium/contract-kit';
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { DomainError } from '../errors/index.js';
import { isGivenUp, isUnavailable } from './unavailable.js';

const codeOfStatus: Readonly<Record<number, ErrorCode>> = {
  400: 'VALIDATION_ERROR',
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  408: 'VALIDATION_ERROR',
  409: 'CONFLICT',
  413: 'PAYLOAD_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  429: 'RATE_LIMITED',
  503: 'UPSTREAM_UNAVAILABLE',
  504: 'UPSTREAM_TIMEOUT',
};

const hasStatus = (error: unknown): error is Error & { statusCode: number } =>
  error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number';

/** What the caller may know of an error. Anything unforeseen is INTERNAL and says nothing. */
export function toDomainError(error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  if (isUnavailable(error) || isGivenUp(error)) {
    return new DomainError('UPSTREAM_UNAVAILABLE', undefined, { cause: error, retryAfterSeconds: 2 });
  }
  const status = error instanceof HttpException ? error.getStatus() : hasStatus(error) ? error.statusCode : 500;
  const code = status < 500 || status === 503 || status === 504 ? codeOfStatus[status] : undefined;
  if (!code) return new DomainError('INTERNAL', undefined, { cause: error });
  // Fastify's own 4xx texts name the client's mistake (bad JSON, no content type) and nothing of ours.
  const text = code === 'VALIDATION_ERROR' && error instanceof Error ? error.message : undefined;
  return new DomainError(code, text, { cause: error });
}

export function envelopeOf(error: DomainError, requestId: string): ErrorEnvelope {
  return {
    error: { code: error.code, message: error.message, details: [...error.fields], request_id: requestId },
  };
}

/** An error as it is answered. */
export interface ErrorAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The envelope as JSON. */
  readonly body: string;
}

/** What an error is answered with; logs what the caller must not see. */
export function errorAnswer(error: unknown, requestId: string, logger: Logger): ErrorAnswer {
  const domainError = toDomainError(error);
  const { status, code, retryAfterSeconds } = domainError;
  if (status >= 500) logger.error({ err: domainError }, 'request failed');
  else logger.debug({ code, detail: domainError.detail }, 'request refused');
  const headers: Record<string, string> = {};
  if (retryAfterSeconds !== undefined) headers['retry-after'] = String(Math.max(1, Math.ceil(retryAfterSeconds)));
  if (code === 'UNAUTHENTICATED') headers['www-authenticate'] = 'Bearer';
  headers['cache-control'] = 'no-store';
  headers['content-type'] = 'application/json; charset=utf-8';
  return { status, headers, body: JSON.stringify(envelopeOf(domainError, requestId)) };
}

/** Writes the error envelope. */
export function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply, logger: Logger): void {
  const { status, headers, body } = errorAnswer(error, request.id, logger);
  void reply.status(status).headers(headers).send(body);
}

/** The one filter of every service. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    sendError(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>(), this.logger);
  }
}

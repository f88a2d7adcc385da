import { Readable } from 'node:stream';
import type { EndpointDefinition, FileBody } from '@atrium/contract-kit';
import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor, StreamableFile } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { Logger } from 'pino';
import { mergeMap, type Observable } from 'rxjs';
import { ENDPOINT_METADATA } from '../auth-guard/endpoint-metadata.js';

/** Proxies on the way must neither keep nor hold back what is sent piece by piece. */
const streamHeaders = { 'cache-control': 'no-store, no-transform', 'x-accel-buffering': 'no' } as const;

function headersOf({ file, stream }: EndpointDefinition['success'], body: FileBody): Readonly<Record<string, string>> {
  if (stream) return { 'content-type': stream.type, ...streamHeaders };
  return {
    'content-type': body.type ?? file?.type ?? 'application/octet-stream',
    'content-disposition': `attachment; filename="${body.name ?? file?.name ?? 'file'}"`,
  };
}

/**
 * Sends the answers of endpoints that are declared as a file or a stream. What fails before the first piece is an error as any other;
 * what fails later breaks the connection, so that a part never passes for the whole.
 */
@Injectable()
export class FileInterceptor implements NestInterceptor {
  constructor(private readonly logger: Logger) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const definition = Reflect.getMetadata(ENDPOINT_METADATA, context.getHandler()) as EndpointDefinition | undefined;
    const success = definition?.success;
    if (!success?.file && !success?.stream) return next.handle();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    return next.handle().pipe(
      mergeMap(async (body: FileBody) => {
        const pieces = body[Symbol.asyncIterator]();
        // A generator that waits for its next piece hears of its end after that; others can give up at once.
        const leave = () => void Promise.resolve(pieces.return?.()).catch(() => undefined);
        if (reply.raw.closed) leave();
        else reply.raw.once('close', leave);
        const stream = Readable.from(followed(await pieces.next(), pieces), { objectMode: false });
        stream.once('error', (error) => this.logger.error({ err: error }, 'A file ended before it was whole.'));
        void reply.headers(headersOf(success, body));
        return new StreamableFile(stream);
      }),
    );
  }
}

async function* followed(first: IteratorResult<Uint8Array | string>, pieces: AsyncIterator<Uint8Array | string>): FileBody {
  try {
    for (let piece = first; piece.done !== true; piece = await pieces.next()) yield piece.value;
  } finally {
    await pieces.return?.();
  }
}

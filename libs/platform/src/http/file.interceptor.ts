import { Readable } from 'node:stream';
import type { EndpointDefinition, FileBody } from '@atrium/contract-kit';
import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor, StreamableFile } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { Logger } from 'pino';
import { mergeMap, type Observable } from 'rxjs';
import { ENDPOINT_METADATA } from '../auth-guard/endpoint-metadata.js';

/**
 * Sends the answers of endpoints that are declared as a file. What fails before the first piece is an error as any other;
 * what fails later breaks the connection, so that a part never passes for the whole.
 */
@Injectable()
export class FileInterceptor implements NestInterceptor {
  constructor(private readonly logger: Logger) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const definition = Reflect.getMetadata(ENDPOINT_METADATA, context.getHandler()) as EndpointDefinition | undefined;
    const file = definition?.success.file;
    if (!file) return next.handle();
    return next.handle().pipe(
      mergeMap(async (body: FileBody) => {
        const stream = await begun(body);
        stream.once('error', (error) => this.logger.error({ err: error }, 'A file ended before it was whole.'));
        void context
          .switchToHttp()
          .getResponse<FastifyReply>()
          .headers({ 'content-type': file.type, 'content-disposition': `attachment; filename="${file.name}"` });
        return new StreamableFile(stream);
      }),
    );
  }
}

/** Resolves once there is a first piece. Rejects with what went wrong until then. */
async function begun(body: FileBody): Promise<Readable> {
  const pieces = body[Symbol.asyncIterator]();
  const first = await pieces.next();
  return Readable.from(followed(first, pieces), { objectMode: false });
}

async function* followed(first: IteratorResult<Uint8Array | string>, pieces: AsyncIterator<Uint8Array | string>): FileBody {
  try {
    for (let piece = first; piece.done !== true; piece = await pieces.next()) yield piece.value;
  } finally {
    await pieces.return?.();
  }
}

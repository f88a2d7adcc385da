import { createHash } from 'node:crypto';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

const prefix = '/api/v1/events/query/';

/** The listed tags without their weakness, which doesn't count for reading (RFC 9110 §13.1.2). */
const tagsOf = (header: string): readonly string[] => header.split(',').map((tag) => tag.trim().replace(/^W\//, ''));

function conditional(request: FastifyRequest, reply: FastifyReply, payload: unknown): unknown {
  if (reply.statusCode !== 200 || typeof payload !== 'string' || request.routeOptions.url?.startsWith(prefix) !== true) return payload;
  const tag = `"${createHash('sha256').update(payload).digest('base64url').slice(0, 27)}"`;
  void reply.headers({ etag: `W/${tag}`, 'cache-control': 'private, no-cache' });
  const known = request.headers['if-none-match'];
  if (known === undefined || !(known.trim() === '*' || tagsOf(known).includes(tag))) return payload;
  void reply.status(304).removeHeader('content-length').removeHeader('content-type');
  return null;
}

/** Answers to questions carry an `ETag`; who has the same answer already gets 304 without it. */
@Injectable()
export class ConditionalAnswers implements OnModuleInit {
  constructor(@Inject(HttpAdapterHost) private readonly host: HttpAdapterHost) {}

  onModuleInit(): void {
    const server = this.host.httpAdapter.getInstance<FastifyInstance>();
    server.addHook('onSend', async (request, reply, payload) => conditional(request, reply, payload));
  }
}

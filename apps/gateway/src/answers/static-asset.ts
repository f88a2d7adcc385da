import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';

export interface AssetSource {
  readonly type: string;
  /** `Cache-Control`. */
  readonly cache: string;
  load(): Promise<Buffer>;
}

interface LoadedAsset {
  readonly etag: string;
  readonly compressed: Buffer;
}

/** A body that the gateway itself serves: read at the first request and held compressed. */
export class StaticAsset {
  private loaded: Promise<LoadedAsset> | undefined;

  constructor(private readonly source: AssetSource) {}

  async send(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    this.loaded ??= this.load();
    const { etag, compressed } = await this.loaded;
    void reply.header('etag', etag).header('cache-control', this.source.cache).header('vary', 'Accept-Encoding');
    if (request.headers['if-none-match']?.includes(etag) === true) return reply.status(304).send();
    void reply.type(this.source.type);
    if (/\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))) {
      return reply.header('content-encoding', 'gzip').send(compressed);
    }
    return reply.send(await promisify(gunzip)(compressed));
  }

  private async load(): Promise<LoadedAsset> {
    const body = await this.source.load();
    // Weak: one tag for the plain and the compressed form.
    return { etag: `W/"${hash('sha256', body, 'base64url').slice(0, 27)}"`, compressed: await promisify(gzip)(body) };
  }
}

const types: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  png: 'image/png',
};

/** A file as an asset; the type goes by its extension. */
export const fileAsset = (path: string | URL, cache = 'public, max-age=3600'): StaticAsset =>
  new StaticAsset({
    type: types[String(path).slice(String(path).lastIndexOf('.') + 1)] ?? 'application/octet-stream',
    cache,
    load: () => readFile(path),
  });

import 'reflect-metadata';
import { createHash, randomUUID } from 'node:crypto';
import type { Asset, SharedContent } from '@atrium/contracts/gallery';
import { parseConfig } from '@atrium/platform/config';
import { Database } from '@atrium/platform/database';
import { createServiceApp, HealthRegistry } from '@atrium/platform/http';
import { createLogger } from '@atrium/platform/logging';
import { createMetrics } from '@atrium/platform/telemetry';
import { TokenIssuer, until } from '@atrium/testing';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { galleryConfig, galleryWorkerConfig } from '../src/config.js';
import { GalleryModule } from '../src/gallery.module.js';
import { GalleryWorkerModule } from '../src/gallery-worker.module.js';
import { buckets, type Engines, type EngineSettings, region, startEngines } from './engines.js';
import { claimsOf, type Member } from './member.js';

export const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

export interface Upload {
  readonly asset_id: string;
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly expires_at: string;
}

export interface Answer<T> {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: T;
}

/** Both processes of the gallery, in this one, on real engines. */
export class Gallery {
  private constructor(
    readonly engines: Engines,
    readonly api: NestFastifyApplication,
    readonly worker: NestFastifyApplication,
    private readonly issuer: TokenIssuer,
    private readonly lines: readonly string[],
  ) {}

  static async start(settings: EngineSettings = { notifications: true }, more: Record<string, string> = {}): Promise<Gallery> {
    const engines = await startEngines(settings);
    const issuer = await new TokenIssuer().start();
    const environment = {
      PORT: '0', AWS_REGION: region, JWKS_URL: issuer.jwksUrl, TOKEN_ISSUER: issuer.url, STATE_SECRET_ID: 'atrium/state',
      DATABASE_SECRET_ID: 'atrium/gallery/database', QUEUE_URL_BASE: engines.queueUrlBase, USERS_URL: issuer.url, PUBLIC_URL: 'https://atrium.example',
      QUARANTINE_BUCKET: buckets.quarantine, READY_BUCKET: buckets.ready, S3_FORCE_PATH_STYLE: 'true',
      S3_PUBLIC_ENDPOINT: engines.s3Endpoint, MAX_UPLOAD_BYTES: String(settings.maxUploadBytes ?? 1_000_000), ...more,
    };
    const lines: string[] = [];
    const destination = { write: (line: string) => void lines.push(line) };
    const runtime = (service: string) => ({
      logger: createLogger({ service, level: 'info', destination }),
      metrics: createMetrics(service, { processMetrics: false }),
      secrets: engines.database.secrets,
      health: new HealthRegistry(),
    });
    const apiModule = GalleryModule.forRoot(parseConfig('gallery', galleryConfig, environment));
    const workerModule = GalleryWorkerModule.forRoot(parseConfig('gallery-worker', galleryWorkerConfig, environment));
    const api = await createServiceApp(apiModule, runtime('gallery'), { trustedProxies: [] });
    const worker = await createServiceApp(workerModule, runtime('gallery-worker'), { trustedProxies: [] });
    await api.init();
    await worker.init();
    await api.getHttpAdapter().getInstance().ready();
    return new Gallery(engines, api, worker, issuer, lines);
  }

  async stop(): Promise<void> {
    await this.worker.close();
    await this.api.close();
    this.issuer.stop();
    await this.engines.stop();
  }

  /** Tells the gallery of a site, as an event of the users service would. */
  async addSite(orgId: string): Promise<string> {
    const siteId = randomUUID();
    await this.api.get(Database).inTenant(orgId, ({ manager }) =>
      manager.query(`insert into gallery.sites values ($1, $2, 'A site', false, 1)`, [orgId, siteId]),
    );
    return siteId;
  }

  async call<T>(
    member: Member, method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, payload?: object, more: Record<string, string> = {},
  ): Promise<Answer<T>> {
    const headers = { authorization: `Bearer ${this.issuer.token(claimsOf(member))}`, ...more };
    const answer = await this.api.inject({ method, url: `/api/v1/gallery${path}`, headers, ...(payload ? { payload } : {}) });
    return { status: answer.statusCode, headers: answer.headers, body: (answer.body === '' ? undefined : answer.json()) as T };
  }

  /** As whoever has a link, from an address of their own. */
  async openShare(token: string, { password, query = '', address = '192.0.2.1' }: { password?: string; query?: string; address?: string } = {}): Promise<Answer<SharedContent & { error?: { code: string } }>> {
    const headers = password === undefined ? {} : { 'x-share-password': password };
    const answer = await this.api.inject({ method: 'GET', url: `/api/v1/gallery/shared/${token}${query}`, headers, remoteAddress: address });
    return { status: answer.statusCode, headers: answer.headers, body: answer.json() };
  }

  /** A token of theirs, for requests over the network. */
  tokenOf = (member: Member): string => this.issuer.token(claimsOf(member));

  /** What is answered by a file. */
  async raw(member: Member, path: string): Promise<{ status: number; headers: Readonly<Record<string, unknown>>; text: string }> {
    const headers = { authorization: `Bearer ${this.issuer.token(claimsOf(member))}` };
    const answer = await this.api.inject({ method: 'GET', url: `/api/v1/gallery${path}`, headers });
    return { status: answer.statusCode, headers: answer.headers, text: answer.body };
  }

  async requestUpload(member: Member, siteId: string, bytes: Buffer, overrides: object = {}): Promise<Upload> {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const intent = { site_id: siteId, filename: 'dot é.png', content_type: 'image/png', size: bytes.length, sha256, ...overrides };
    const { status, body } = await this.call<Upload>(member, 'POST', '/uploads', intent);
    if (status !== 201) throw new Error(`the upload was refused: ${JSON.stringify(body)}`);
    return body;
  }

  /** Whether either process wrote a line with that text. */
  logged(text: string): boolean {
    return this.lines.some((line) => line.includes(text));
  }

  /** Uploads, and waits for the verdict. */
  async upload(member: Member, siteId: string, bytes: Buffer, overrides: object = {}): Promise<Asset> {
    const upload = await this.requestUpload(member, siteId, bytes, overrides);
    const { status } = await send(upload, bytes);
    if (status !== 200) throw new Error(`S3 answered ${status}`);
    await this.complete(member, upload.asset_id);
    return this.settled(member, upload.asset_id);
  }

  complete = (member: Member, assetId: string) => this.call<Asset>(member, 'POST', `/uploads/${assetId}/complete`, {});
  asset = (member: Member, assetId: string) => this.call<Asset>(member, 'GET', `/assets/${assetId}`);
  download = (member: Member, assetId: string, query = '') =>
    this.call<{ url: string; expires_at: string }>(member, 'GET', `/assets/${assetId}/download${query}`);

  async settled(member: Member, assetId: string): Promise<Asset> {
    return until(`a verdict on ${assetId}`, async () => {
      const { body } = await this.asset(member, assetId);
      return body.status === 'ready' || body.status === 'rejected' ? body : undefined;
    });
  }
}

export const send = (upload: Upload, body: Buffer, headers: Record<string, string> = {}, url = upload.url): Promise<Response> =>
  fetch(url, { method: upload.method, headers: { ...upload.headers, ...headers }, body: new Uint8Array(body) });

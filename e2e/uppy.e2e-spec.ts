import { fileURLToPath } from 'node:url';
import { galleryEndpoints } from '@atrium/contracts/gallery';
import type { Site } from '@atrium/contracts/users';
import { type Person, until } from '@atrium/testing';
import type { Browser, Page, Request } from 'playwright-core';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { browserProgram, startBrowser } from './browser.js';
import { png } from './files.js';
import { api, platform, world } from './platform.js';

const recipe = fileURLToPath(new URL('uppy/atrium-uppy.ts', import.meta.url));

/** The recipe with Uppy itself, as a web app's bundler makes it; `AtriumUppy` in the page. */
async function bundle(): Promise<string> {
  const build = await rolldown({ input: recipe, platform: 'browser' });
  const { output } = await build.generate({ format: 'iife', name: 'AtriumUppy' });
  return output[0].code;
}

/** Three parts of 8, 8 and 4 MiB, no two alike. */
const plan = Buffer.from(new Uint8Array(20 * 1024 ** 2).map((_, index) => (index * 31) ^ (index >> 12)));
plan.write('%PDF-1.7\n');
const large = { name: 'plan.pdf', mimeType: 'application/pdf', buffer: plan };
const small = { name: 'Grüße.png', mimeType: 'image/png', buffer: png };

interface Outcome {
  readonly successful: readonly string[];
  readonly failed: readonly string[];
}

describe.skipIf(browserProgram === undefined)('Uppy, in a page of another origin', () => {
  let ann: Person;
  let site: Site;
  let browser: Browser;
  let code: string;
  let page: Page;
  /** What the page sent to S3: the method with a part's number. */
  let sent: string[];

  beforeAll(async () => {
    [browser, ann, code] = await Promise.all([startBrowser(), world.newAdmin(), bundle()]);
    site = await world.newSite(ann);
  });
  afterAll(() => browser?.close());

  const requestName = (request: Request): string => {
    const query = new URL(request.url()).searchParams;
    return `${request.method()} ${query.get('partNumber') ?? (query.has('uploadId') ? 'upload' : 'file')}`;
  };

  async function open(method: 'put' | 'post' = 'put'): Promise<Page> {
    const opened = await (await browser.newContext()).newPage();
    await opened.goto(inject('appOrigin'));
    await opened.addScriptTag({ content: code });
    const settings = { api: `${platform.gateway}/api/v1`, siteId: site.id };
    await opened.evaluate(`
      uppy = AtriumUppy.atriumUppy({ ...${JSON.stringify(settings)}, accessToken: () => ${JSON.stringify(ann.token)} }, ${JSON.stringify(method)});
      add = (more) => [...document.querySelector('input').files].map((data) => uppy.addFile({ name: data.name, type: data.type, data, ...more }));
      outcome = ({ successful, failed }) => ({ successful: successful.map((file) => file.meta.asset_id), failed: failed.map((file) => file.error) });
    `);
    sent = [];
    opened.on('request', (request) => {
      if (new URL(request.url()).port === String(platform.ports.s3)) sent.push(requestName(request));
    });
    return opened;
  }
  const choose = async (...files: { name: string; mimeType: string; buffer: Buffer }[]): Promise<void> => {
    await page.setInputFiles('input', files);
    await page.evaluate('ids = add()');
  };
  const run = (call: string): Promise<Outcome> => page.evaluate(`uppy.${call}.then(outcome)`);
  const countOf = (name: string): number => sent.filter((one) => one === name).length;
  const assetOf = (index: number): Promise<string> =>
    until('an upload to have begun', async () => (await page.evaluate<string | null>(`uppy.getFile(ids[${index}])?.meta.asset_id ?? null`)) ?? undefined);

  async function expectReady(assetId: string | undefined, bytes: Buffer): Promise<void> {
    const asset = await world.settled(ann, assetId ?? '');
    expect(asset).toMatchObject({ status: 'ready', size: bytes.length, rejection_reason: null });
    const { body } = await api.call(galleryEndpoints.downloadAsset, { token: ann.token, params: { id: asset.id } });
    expect(Buffer.from(await (await fetch(body.url)).arrayBuffer()).equals(bytes)).toBe(true);
  }

  /** Cuts the connection of each second part until it is told to mend. */
  async function cutSecondParts(): Promise<() => Promise<void>> {
    const second = /partNumber=2&/;
    await page.route(second, (route) => route.abort('connectionreset'));
    return () => page.unroute(second);
  }

  beforeEach(async () => {
    page = await open();
    return () => page.context().close();
  });

  it.each(['put', 'post'] as const)('uploads a file in one request, by %s', async (method) => {
    page = await open(method);
    await choose(small);
    const { successful, failed } = await run('upload()');
    expect(failed).toEqual([]);
    expect(sent.filter((one) => !one.startsWith('OPTIONS'))).toEqual([`${method.toUpperCase()} file`]);
    await expectReady(successful[0], png);
  });

  it('uploads a file in parts beside one in one request', async () => {
    await choose(large, small);
    const { successful, failed } = await run('upload()');
    expect(failed).toEqual([]);
    for (const part of ['PUT 1', 'PUT 2', 'PUT 3', 'POST upload', 'PUT file']) expect(countOf(part), part).toBe(1);
    await expectReady(successful[0], plan);
    await expectReady(successful[1], png);
  });

  it('tells why a file was refused, and uploads the others', async () => {
    await choose({ name: 'page.html', mimeType: 'text/html', buffer: Buffer.from('<p>Hello') }, small);
    const { successful, failed } = await run('upload()');
    expect(failed).toEqual([expect.stringMatching(/valid/i)]);
    await expectReady(successful[0], png);
  });

  it('goes on after a pause with the parts that are missing', async () => {
    await choose(large);
    await page.evaluate(`uppy.once('s3-multipart:part-uploaded', () => uppy.pauseResume(ids[0])); uploaded = uppy.upload(); undefined`);
    await until('the pause', async () => (await page.evaluate<boolean>(`uppy.getFile(ids[0]).isPaused === true`)) || undefined);
    await page.evaluate('uppy.pauseResume(ids[0]); undefined');
    const { successful } = await page.evaluate<Outcome>('uploaded.then(outcome)');
    expect([countOf('PUT 1'), countOf('PUT 3')]).toEqual([1, 1]);
    await expectReady(successful[0], plan);
  });

  it('tries again after a lost connection, and sends no part twice that has arrived', async () => {
    const mend = await cutSecondParts();
    await choose(large);
    expect((await run('upload()')).failed).toEqual([expect.stringMatching(/network/i)]);
    await mend();
    const { successful, failed } = await run('retryAll()');
    expect(failed).toEqual([]);
    expect([countOf('PUT 1'), countOf('PUT 3'), countOf('POST upload')]).toEqual([1, 1, 1]);
    await expectReady(successful[0], plan);
  });

  it('goes on after the page was closed, by the id of the file alone', async () => {
    await cutSecondParts();
    await choose(large);
    await run('upload()');
    const assetId = await assetOf(0);
    await page.context().close();
    page = await open();
    await page.setInputFiles('input', [large]);
    await page.evaluate(`ids = add(${JSON.stringify({ meta: { asset_id: assetId } })}); undefined`);
    expect((await run('upload()')).successful).toEqual([assetId]);
    expect([countOf('PUT 1'), countOf('PUT 2'), countOf('PUT 3')]).toEqual([0, 1, 1]);
    await expectReady(assetId, plan);
  });

  it.each(['removeFile(ids[0])', 'cancelAll()'])('gives an upload up by %s: it becomes no file', async (end) => {
    await cutSecondParts();
    await choose(large);
    await page.evaluate(`uppy.once('s3-multipart:part-uploaded', () => { given = uppy.getFile(ids[0]).meta.asset_id; uppy.${end}; }); void uppy.upload()`);
    const assetId = await until('a part', async () => (await page.evaluate<string | null>('globalThis.given ?? null')) ?? undefined);
    expect((await world.settled(ann, assetId)).rejection_reason).toMatch(/^upload_aborted: /);
    const params = { asset_id: assetId };
    expect(await api.verdict(galleryEndpoints.listParts, { token: ann.token, params })).toBe('409 CONFLICT');
    expect(countOf('POST upload')).toBe(0);
  });
});

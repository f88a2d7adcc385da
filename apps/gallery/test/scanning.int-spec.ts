import { randomUUID } from 'node:crypto';
import { HealthRegistry } from '@atrium/platform/http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ClamavScanner } from '../src/scanning/clamav-scanner.js';
import { ScannerUnavailableError } from '../src/scanning/file-scanner.js';
import { Gallery, send } from './gallery.js';
import { photo, withSegment } from './images.js';
import type { Member } from './member.js';
import { malware, type RunningScanner, scanLimit, scanners, startProtocol } from './scanners.js';

async function* pieces(bytes: Buffer, size = 65_536): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
const scan = (scanner: ClamavScanner, bytes: Buffer, size?: number) => scanner.scan(bytes.length, async () => pieces(bytes, size));
const clean = Buffer.alloc(300_000, 'clean ');

describe.each(scanners)('$name', ({ start }) => {
  let server: RunningScanner;
  let scanner: ClamavScanner;
  beforeAll(async () => {
    if (!start) return;
    server = await start();
    scanner = new ClamavScanner(server);
  });
  afterAll(() => server?.stop());

  it.skipIf(!start)('finds malware wherever it is, and nothing in what is clean', async () => {
    expect(await scan(scanner, clean)).toEqual({ kind: 'clean' });
    const infected = Buffer.concat([clean, Buffer.from(malware), clean]);
    expect(await scan(scanner, infected)).toEqual({ kind: 'infected', name: 'Atrium.Test.UNOFFICIAL' });
    expect(await scan(scanner, infected, 7)).toEqual({ kind: 'infected', name: 'Atrium.Test.UNOFFICIAL' });
    await scanner.ping();
  });

  it.skipIf(!start)('takes a file of just its limit, and refuses a larger one unopened', async () => {
    expect(await scan(scanner, Buffer.alloc(scanLimit))).toEqual({ kind: 'clean' });
    expect(await scanner.scan(scanLimit + 1, () => Promise.reject(new Error('It was opened.')))).toMatchObject({ kind: 'refused' });
  });

  it.skipIf(!start)('passes nothing unseen where it takes less than it is believed to', async () => {
    const believed = new ClamavScanner({ ...server, streamMaxLength: scanLimit * 8 });
    // It says so or, where that is lost as it hangs up, is unavailable.
    const verdict = await scan(believed, Buffer.alloc(scanLimit * 8)).catch((error: unknown) => error);
    expect(verdict instanceof ScannerUnavailableError ? 'unavailable' : verdict).toSatisfy((told) => told === 'unavailable' || told.kind === 'refused');
    expect(await scan(scanner, clean)).toEqual({ kind: 'clean' });
  });

  it.skipIf(!start)('is not blamed when the bytes cannot be read', async () => {
    const broken = async function* (): AsyncGenerator<Uint8Array> {
      yield clean;
      throw new Error('S3 hung up');
    };
    await expect(scanner.scan(clean.length * 2, async () => broken())).rejects.toThrow('S3 hung up');
  });
});

describe('a scanner that gives no proper answer', () => {
  let server: RunningScanner | undefined;
  afterEach(async () => {
    await server?.stop();
    server = undefined;
  });

  it.each(['', 'stream: ERROR', 'UNKNOWN COMMAND', 'stream: OK but', 'stream:  FOUND'])('such as %j is unavailable: nothing is clean by accident', async (answer) => {
    server = await startProtocol(0, () => answer);
    await expect(scan(new ClamavScanner(server), clean)).rejects.toBeInstanceOf(ScannerUnavailableError);
  });

  it('because it is not there is unavailable', async () => {
    const gone = await startProtocol();
    await gone.stop();
    await expect(scan(new ClamavScanner(gone), clean)).rejects.toBeInstanceOf(ScannerUnavailableError);
    await expect(new ClamavScanner({ ...gone, host: '/no/such/socket' }).ping()).rejects.toBeInstanceOf(ScannerUnavailableError);
  });
});

describe('a gallery with a scanner', () => {
  const member: Member = { userId: randomUUID(), orgId: randomUUID(), role: 'member' };
  const jpeg = { content_type: 'image/jpeg', filename: 'a.jpg' };
  let scanner: RunningScanner;
  let gallery: Gallery;
  let siteId: string;
  beforeAll(async () => {
    scanner = await startProtocol();
    gallery = await Gallery.start({ notifications: true }, { CLAMAV_HOST: scanner.host, CLAMAV_PORT: String(scanner.port) });
    siteId = await gallery.addSite(member.orgId);
  });
  afterAll(async () => {
    await gallery.stop();
    await scanner.stop();
  });

  it('rejects infected files of any type, and takes clean ones', async () => {
    const infected = await gallery.upload(member, siteId, withSegment(await photo('jpeg'), 0xfe, malware), jpeg);
    expect(infected).toMatchObject({ status: 'rejected', rejection_reason: 'infected: The scanner found Atrium.Test.UNOFFICIAL.' });
    const pdf = Buffer.from(`%PDF-1.7\n${malware}\n%%EOF\n`);
    expect((await gallery.upload(member, siteId, pdf, { content_type: 'application/pdf' })).status).toBe('rejected');
    expect((await gallery.upload(member, siteId, await photo('jpeg'), jpeg)).status).toBe('ready');
  });

  it('lets files wait while the scanner is down, is not ready then, and goes on when it is back', async () => {
    const { port } = scanner;
    await scanner.stop();
    const bytes = await photo('jpeg', { width: 410 });
    const upload = await gallery.requestUpload(member, siteId, bytes, jpeg);
    await send(upload, bytes);
    await gallery.complete(member, upload.asset_id);
    await expect.poll(() => gallery.logged('A dependency is down'), { timeout: 10_000 }).toBe(true);
    expect(await gallery.worker.get(HealthRegistry).down()).toEqual(['file-scanner']);
    expect((await gallery.asset(member, upload.asset_id)).body.status).toBe('verifying');
    scanner = await startProtocol(port);
    expect((await gallery.settled(member, upload.asset_id)).status).toBe('ready');
  });
});

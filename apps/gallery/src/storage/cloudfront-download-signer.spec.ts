import { generateKeyPairSync, type KeyObject, verify } from 'node:crypto';
import { EnvironmentSecretsProvider } from '@atrium/platform/secrets';
import { describe, expect, it } from 'vitest';
import { CloudFrontDownloadSigner } from './cloudfront-download-signer.js';

const now = Date.parse('2026-11-21T10:00:00.500Z');
const download = { readyKey: 'org/site/asset', filename: 'dot é "q".png', contentType: 'image/png', disposition: 'attachment' } as const;

function signerWith(privateKey: KeyObject): CloudFrontDownloadSigner {
  const secret = JSON.stringify({ key_pair_id: 'K2JCJMDEHXQW5F', private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }) });
  const secrets = new EnvironmentSecretsProvider({ ATRIUM_SECRET_GALLERY_DOWNLOADS: secret });
  return new CloudFrontDownloadSigner(secrets, { url: 'https://d111111abcdef8.cloudfront.net', keySecretId: 'atrium/gallery/downloads' }, () => now);
}

/** What CloudFront does with a URL of a canned policy. */
function accepts(url: string, publicKey: KeyObject): boolean {
  const [resource = ''] = url.split('&Expires=');
  const query = new URL(url).searchParams;
  const policy = `{"Statement":[{"Resource":"${resource}","Condition":{"DateLessThan":{"AWS:EpochTime":${query.get('Expires')}}}}]}`;
  const signature = Buffer.from((query.get('Signature') ?? '').replace(/[-_~]/g, (c) => ({ '-': '+', _: '=', '~': '/' })[c] ?? c), 'base64');
  return verify('sha1', Buffer.from(policy), publicKey, signature);
}

describe.each([
  ['RSA', () => generateKeyPairSync('rsa', { modulusLength: 2048 })],
  ['ECDSA', () => generateKeyPairSync('ec', { namedCurve: 'P-256' })],
])('a download through CloudFront, signed with %s', (_, generate) => {
  const { privateKey, publicKey } = generate();

  it('is accepted until it expires, with the disposition that it was signed with', async () => {
    const { url, expiresAt } = await signerWith(privateKey).signDownload(download);
    expect(accepts(url, publicKey)).toBe(true);
    const { origin, pathname, searchParams } = new URL(url);
    expect(origin + pathname).toBe('https://d111111abcdef8.cloudfront.net/org/site/asset');
    expect(expiresAt.toISOString()).toBe('2026-11-21T10:05:00.000Z');
    expect(searchParams.get('Expires')).toBe(`${expiresAt.getTime() / 1000}`);
    expect(searchParams.get('Key-Pair-Id')).toBe('K2JCJMDEHXQW5F');
    expect(searchParams.get('response-content-type')).toBe('image/png');
    expect(searchParams.get('response-content-disposition')).toMatch(/^attachment; .*filename\*=UTF-8''dot%20%C3%A9/);
  });

  it('ends earlier where it must not last longer', async () => {
    const { expiresAt } = await signerWith(privateKey).signDownload({ ...download, notAfter: new Date(now + 60_000) });
    expect(expiresAt.toISOString()).toBe('2026-11-21T10:01:00.000Z');
  });

  it('is refused with another file, disposition or end', async () => {
    const { url } = await signerWith(privateKey).signDownload(download);
    for (const other of [url.replace('asset', 'other'), url.replace('attachment', 'inline'), url.replace(/Expires=\d+/, 'Expires=4102444800')]) {
      expect(other).not.toBe(url);
      expect(accepts(other, publicKey)).toBe(false);
    }
  });
});

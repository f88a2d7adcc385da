// Signing in process: ours against the SDK's getSignedUrl and createPresignedPost, same requests, same credentials.
import { createRequire } from 'node:module';
import { resolveBucketAddress } from '../apps/gallery/dist/storage/signing/bucket-address.js';
import { S3Signer } from '../apps/gallery/dist/storage/signing/s3-signer.js';
import { S3DownloadSigner } from '../apps/gallery/dist/storage/s3-download-signer.js';
import { UploadSigner } from '../apps/gallery/dist/storage/upload-signer.js';
import { interleave, report } from './lib/rounds.mjs';

const require = createRequire(new URL('../apps/gallery/package.json', import.meta.url));
const { GetObjectCommand, PutObjectCommand, S3Client } = require('@aws-sdk/client-s3');
const { createPresignedPost } = require('@aws-sdk/s3-presigned-post');
const { getSignedUrl } = require('@aws-sdk/s3-request-presigner');

const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
const seconds = Number(process.env.BENCH_SECONDS ?? 1);
const region = 'eu-central-1';
const bucket = 'atrium-prod-quarantine';
const credentials = { accessKeyId: 'ASIAEXAMPLEEXAMPLE12', secretAccessKey: 'x'.repeat(40), sessionToken: 'y'.repeat(700) };
const client = new S3Client({ region, credentials, requestChecksumCalculation: 'WHEN_REQUIRED', responseChecksumValidation: 'WHEN_REQUIRED' });
const address = await resolveBucketAddress(bucket, { region, publicEndpoint: undefined, forcePathStyle: false });
const signer = new S3Signer({ region, credentials: async () => credentials });
const uploads = new UploadSigner(signer, address);
const downloads = new S3DownloadSigner(signer, address);

let count = 0;
const nextKey = () => `quarantine/${'0'.repeat(8)}-0000-7000-8000-${String((count += 1)).padStart(12, '0')}`;
const sha256 = 'ab'.repeat(32);
const checksum = Buffer.from(sha256, 'hex').toString('base64');
const file = () => ({ quarantineKey: nextKey(), contentType: 'image/png', size: 123_456, sha256 });

/**
 * As many as there is time for, counted by the process's own CPU time: signing waits for nothing, and others may be using
 * the machine.
 */
const timed = (work) => async () => {
  const begin = process.cpuUsage();
  const used = () => Object.values(process.cpuUsage(begin)).reduce((sum, microseconds) => sum + microseconds, 0) / 1e6;
  let calls = 0;
  while (used() < seconds) {
    for (let i = 0; i < 20; i += 1) await work();
    calls += 20;
  }
  return { perSecond: calls / used() };
};

const pairs = {
  PUT: {
    ours: () => uploads.signPut(file()),
    sdk: () =>
      getSignedUrl(
        client,
        new PutObjectCommand({ Bucket: bucket, Key: nextKey(), ContentType: 'image/png', ContentLength: 123_456, ChecksumSHA256: checksum, IfNoneMatch: '*' }),
        { expiresIn: 900, signableHeaders: new Set(['content-type']), unhoistableHeaders: new Set(['x-amz-checksum-sha256']) },
      ),
  },
  'form for POST': {
    ours: () => uploads.signPost(file()),
    sdk: () =>
      createPresignedPost(client, {
        Bucket: bucket, Key: nextKey(), Expires: 900,
        Conditions: [['content-length-range', 123_456, 123_456]], Fields: { 'Content-Type': 'image/png', 'x-amz-checksum-sha256': checksum },
      }),
  },
  download: {
    ours: () => downloads.signDownload({ readyKey: nextKey(), filename: 'a photo.png', contentType: 'image/png', disposition: 'attachment' }),
    sdk: () =>
      getSignedUrl(client, new GetObjectCommand({ Bucket: bucket, Key: nextKey(), ResponseContentType: 'image/png', ResponseContentDisposition: 'attachment; filename="a photo.png"' }), { expiresIn: 300 }),
  },
};
for (const [name, { ours, sdk }] of Object.entries(pairs)) {
  report(`Presign: ${name}`, await interleave({ rounds, contenders: { ours: timed(ours), 'the SDK': timed(sdk) } }), 'ours');
}
process.exit(0);

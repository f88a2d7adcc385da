import { MAX_PUT_BYTES, readBodyExpectations, type BodyExpectations } from '../body/body-expectations.js';
import type { Exchange, S3Response } from '../exchange.js';
import { toHeaderValue } from '../protocol/header-value.js';
import { S3Error } from '../protocol/s3-error.js';
import type { S3Request } from '../protocol/s3-request.js';
import { buildXml } from '../protocol/s3-xml.js';
import { encodeUriComponent, encodeUriPath } from '../protocol/uri-encoding.js';
import { verifyPostPolicy } from '../signing/post-policy.js';
import { discardBlob, stageBlob, type StagedBlob } from '../storage/blob-writer.js';
import { checksumHeaders, readDescription } from './object-headers.js';
import { openForm, type OpenForm } from './post-form.js';
import { storeObject } from './store-object.js';
import { targetBucket } from './target.js';

const MAX_KEY_BYTES = 1024;

export function isPostUpload(request: S3Request): boolean {
  const contentType = request.headers.get('content-type')?.toLowerCase() ?? '';
  return request.method === 'POST' && request.key === undefined && contentType.startsWith('multipart/form-data');
}

/** A browser's form upload (S3 API reference, "POST Object"): the signed policy in the form is its permission. */
export async function postObject(exchange: Exchange): Promise<S3Response> {
  const bucketName = exchange.request.bucket ?? '';
  const form = await openForm(exchange);
  const { signing, now } = exchange.services;
  const range = verifyPostPolicy({ fields: form.fields, bucket: bucketName }, signing, now());
  const bucket = targetBucket(exchange);
  const key = readKey(form.fields);
  const described: S3Request = { ...exchange.request, headers: asHeaders(form.fields), query: [] };
  const description = readDescription(described);
  const expected = {
    ...readBodyExpectations(described, 'UNSIGNED-PAYLOAD'),
    length: undefined,
    maxLength: Math.min(range.max ?? MAX_PUT_BYTES, MAX_PUT_BYTES),
  };
  const blob = await stageFile(exchange, form, expected, range.min ?? 0);
  const object = { key, etag: blob.md5, checksum: blob.checksum, ...description };
  const stored = await storeObject(exchange, { bucket, blob, object, precondition: () => undefined, eventName: 'ObjectCreated:Post' });
  const answer = answerSuccess(form.fields, bucketName, key, stored.etag);
  return { ...answer, headers: { etag: `"${stored.etag}"`, ...checksumHeaders(stored.checksum), ...answer.headers } };
}

async function stageFile(exchange: Exchange, form: OpenForm, expected: BodyExpectations, min: number): Promise<StagedBlob> {
  const blob = await stageBlob(exchange.services.store.temporaryFolder, form.file, expected);
  try {
    await form.finished;
    if (blob.size < min) {
      throw new S3Error('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size', {
        ProposedSize: `${blob.size}`,
        MinSizeAllowed: `${min}`,
      });
    }
    return blob;
  } catch (error) {
    await discardBlob(blob);
    throw error;
  }
}

function readKey(fields: ReadonlyMap<string, string>): string {
  const key = fields.get('key') ?? '';
  if (key === '') throw new S3Error('InvalidArgument', "Bucket POST must contain a field named 'key'.", { ArgumentName: 'key' });
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) throw new S3Error('KeyTooLongError', 'Your key is too long');
  return key;
}

/** Fields stand for headers, and the object's will be sent back as such. */
function asHeaders(fields: ReadonlyMap<string, string>): Map<string, string> {
  const kept = [...fields].filter(([name]) => name !== 'key' && name !== 'policy' && name !== 'content-length');
  return new Map(kept.map(([name, value]) => [name, toHeaderValue(name, value)]));
}

function answerSuccess(fields: ReadonlyMap<string, string>, bucket: string, key: string, etag: string): S3Response {
  const redirect = fields.get('success_action_redirect');
  if (redirect !== undefined && URL.canParse(redirect) && /^https?:/i.test(redirect)) {
    const location = new URL(redirect);
    location.search += `${location.search ? '&' : '?'}bucket=${bucket}&key=${encodeUriComponent(key)}&etag=%22${etag}%22`;
    return { status: 303, headers: { location: location.href } };
  }
  const status = fields.get('success_action_status');
  if (status === '201') {
    const Location = `/${bucket}/${encodeUriPath(key)}`;
    return { status: 201, body: buildXml('PostResponse', { Location, Bucket: bucket, Key: key, ETag: `"${etag}"` }) };
  }
  return { status: status === '200' ? 200 : 204 };
}

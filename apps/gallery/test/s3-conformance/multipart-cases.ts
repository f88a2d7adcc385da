import { randomUUID } from 'node:crypto';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { MultipartToSign, SignedRequest } from '../../src/storage/upload-signer.js';
import type { Case } from './cases.js';
import { type Answer, bucket, content, md5, otherContent, send, type Subject, without } from './subject.js';

const large = Buffer.alloc(5 * 1024 ** 2, 'a');

async function signPart(subject: Subject, upload: MultipartToSign, number: number, bytes: Buffer): Promise<SignedRequest> {
  const [signed] = await subject.uploads.signParts(upload, [{ number, size: bytes.length, md5: md5(bytes) }]);
  if (!signed) throw new Error('nothing was signed');
  return signed;
}

async function sendPart(subject: Subject, upload: MultipartToSign, number: number, bytes: Buffer): Promise<string> {
  const answer = await send(await signPart(subject, upload, number, bytes), 'PUT', bytes);
  if (answer.status !== 200) throw new Error(`part ${number}: ${answer.status} ${answer.text}`);
  return answer.headers.get('etag') ?? '';
}

const documentOf = (parts: readonly (readonly [number, string])[]): string =>
  `<CompleteMultipartUpload>${parts.map(([number, etag]) => `<Part><PartNumber>${number}</PartNumber><ETag>${etag}</ETag></Part>`).join('')}</CompleteMultipartUpload>`;

const part = (name: string, status: number, sending: (signed: SignedRequest, upload: MultipartToSign) => Promise<Answer>): Case => ({
  name: `part ${name}`,
  status,
  send: async (subject) => {
    const upload = await subject.newMultipart();
    return sending(await signPart(subject, upload, 1, content), upload);
  },
});

const step = (name: string, status: number, sending: (subject: Subject, upload: MultipartToSign) => Promise<Answer>, ceph?: Case['ceph']): Case => ({
  name,
  status,
  send: async (subject) => sending(subject, await subject.newMultipart()),
  ...(ceph ? { ceph } : {}),
});

const inUrl = (signed: SignedRequest, from: string | RegExp, to: string): SignedRequest => ({ ...signed, url: signed.url.replace(from, to) });
const complete = async (subject: Subject, upload: MultipartToSign, parts: readonly (readonly [number, string])[]): Promise<Answer> =>
  send(await subject.uploads.signComplete(upload), 'POST', documentOf(parts));

export const multipartCases: readonly Case[] = [
  part('as it was signed', 200, (signed) => send(signed, 'PUT', content)),
  part('of more bytes', 403, (signed) => send(signed, 'PUT', Buffer.concat([content, content]))),
  part('of other bytes', 400, (signed) => send(signed, 'PUT', otherContent)),
  part('of other bytes with their MD5', 403, (signed) => send({ ...signed, headers: { 'content-md5': md5(otherContent) } }, 'PUT', otherContent)),
  part('without its MD5', 403, (signed) => send({ ...signed, headers: without(signed.headers, 'content-md5') }, 'PUT', content)),
  part('of another number', 403, (signed) => send(inUrl(signed, 'partNumber=1', 'partNumber=2'), 'PUT', content)),
  part('of another upload', 403, (signed) => send(inUrl(signed, /uploadId=[^&]+/, 'uploadId=other'), 'PUT', content)),
  part('to another key', 403, (signed, { quarantineKey }) => send(inUrl(signed, quarantineKey, `quarantine/${randomUUID()}`), 'PUT', content)),
  part('as GET', 403, (signed) => send(signed, 'GET')),
  step('part after its end', 403, async (subject, upload) => {
    const [signed] = await subject.expired.uploads.signParts(upload, [{ number: 1, size: content.length }]);
    return send(signed ?? { url: '' }, 'PUT', content);
  }),
  step('list of parts as it was signed', 200, async (subject, upload) => {
    await sendPart(subject, upload, 1, content);
    const answer = await send(await subject.uploads.signListParts(upload), 'GET');
    return answer.text.includes(`<Size>${content.length}</Size>`) ? answer : { ...answer, status: 0 };
  }),
  step('list of parts as DELETE', 403, async (subject, upload) => send(await subject.uploads.signListParts(upload), 'DELETE')),
  step('completion as it was signed', 200, async (subject, upload) => {
    const etags = [await sendPart(subject, upload, 1, large), await sendPart(subject, upload, 2, content)] as const;
    return complete(subject, upload, [[1, etags[0]], [2, etags[1]]]);
  }),
  step('completion that may overwrite', 403, async (subject, upload) => {
    const etag = await sendPart(subject, upload, 1, content);
    return send({ ...(await subject.uploads.signComplete(upload)), headers: {} }, 'POST', documentOf([[1, etag]]));
  }),
  step('completion over another object', 412, async (subject, upload) => {
    await subject.client.send(new PutObjectCommand({ Bucket: bucket, Key: upload.quarantineKey, Body: otherContent }));
    return complete(subject, upload, [[1, await sendPart(subject, upload, 1, content)]]);
  }, { status: 200, because: 'it heeds If-None-Match in PUT alone' }),
  step('completion with an unknown ETag', 400, async (subject, upload) => {
    await sendPart(subject, upload, 1, content);
    return complete(subject, upload, [[1, `"${'0'.repeat(32)}"`]]);
  }),
  step('completion with a part that never came', 400, async (subject, upload) =>
    complete(subject, upload, [[1, await sendPart(subject, upload, 1, content)], [2, `"${'0'.repeat(32)}"`]])),
  step('completion out of order', 400, async (subject, upload) => {
    const etags = [await sendPart(subject, upload, 1, large), await sendPart(subject, upload, 2, large)] as const;
    return complete(subject, upload, [[2, etags[1]], [1, etags[0]]]);
  }, { status: 200, because: 'it sorts the parts by itself' }),
  step('completion with a small part before the last', 400, async (subject, upload) => {
    const etags = [await sendPart(subject, upload, 1, content), await sendPart(subject, upload, 2, content)] as const;
    return complete(subject, upload, [[1, etags[0]], [2, etags[1]]]);
  }),
  step('completion after its end', 403, async (subject, upload) => {
    const etag = await sendPart(subject, upload, 1, content);
    return send(await subject.expired.uploads.signComplete(upload), 'POST', documentOf([[1, etag]]));
  }),
  step('abortion as it was signed', 204, async (subject, upload) => send(await subject.uploads.signAbort(upload), 'DELETE')),
  step('list of parts of what was aborted', 404, async (subject, upload) => {
    await send(await subject.uploads.signAbort(upload), 'DELETE');
    return send(await subject.uploads.signListParts(upload), 'GET');
  }),
];

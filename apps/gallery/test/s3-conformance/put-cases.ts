import { randomUUID } from 'node:crypto';
import type { SignedRequest, UploadToSign } from '../../src/storage/upload-signer.js';
import type { Case } from './cases.js';
import { type Answer, content, otherContent, send, sha256, type Subject, without } from './subject.js';

type Sending = (signed: SignedRequest, file: UploadToSign, subject: Subject) => Promise<Answer>;

const put = (name: string, status: number, sending: Sending, ceph?: Case['ceph']): Case => ({
  name: `PUT ${name}`,
  status,
  send: async (subject) => {
    const file = subject.newFile();
    return sending(await subject.uploads.signPut(file), file, subject);
  },
  ...(ceph ? { ceph } : {}),
});
const noChecksums = 'it knows no x-amz-checksum headers, which came later';
const inUrl = (signed: SignedRequest, from: string | RegExp, to: string): SignedRequest => ({ ...signed, url: signed.url.replace(from, to) });
const withHeaders = (signed: SignedRequest, headers: Record<string, string>): SignedRequest => ({ ...signed, headers: { ...signed.headers, ...headers } });

export const putCases: readonly Case[] = [
  put('as it was signed', 200, (signed) => send(signed, 'PUT', content)),
  put('again', 412, async (signed) => {
    await send(signed, 'PUT', content);
    return send(signed, 'PUT', content);
  }),
  put('of another type', 403, (signed) => send(withHeaders(signed, { 'content-type': 'text/html' }), 'PUT', content)),
  put('without its type', 403, (signed) => send({ ...signed, headers: without(signed.headers, 'content-type') }, 'PUT', content)),
  put('of more bytes', 403, (signed) => send(signed, 'PUT', Buffer.concat([content, content]))),
  put('of fewer bytes', 403, (signed) => send(signed, 'PUT', content.subarray(1))),
  put('of other bytes', 400, (signed) => send(signed, 'PUT', otherContent), { status: 200, because: noChecksums }),
  put('of other bytes with their checksum', 403, (signed) => send(withHeaders(signed, { 'x-amz-checksum-sha256': sha256(otherContent) }), 'PUT', otherContent)),
  put('without its checksum', 403, (signed) => send({ ...signed, headers: without(signed.headers, 'x-amz-checksum-sha256') }, 'PUT', content)),
  put('that may overwrite', 403, (signed) => send({ ...signed, headers: without(signed.headers, 'if-none-match') }, 'PUT', content)),
  put('with a header that was not signed', 403, (signed) => send(withHeaders(signed, { 'x-amz-acl': 'public-read' }), 'PUT', content), {
    status: 200,
    because: 'it heeds x-amz headers that nobody signed',
  }),
  put('with a parameter that was not signed', 403, (signed) => send(inUrl(signed, /$/, '&x-amz-acl=public-read'), 'PUT', content)),
  put('to another key', 403, (signed, { quarantineKey }) => send(inUrl(signed, quarantineKey, `quarantine/${randomUUID()}`), 'PUT', content)),
  put('to a key that climbs', 403, (signed, { quarantineKey }) => send(inUrl(signed, quarantineKey, `${quarantineKey}%2f..%2fother`), 'PUT', content)),
  put('as POST', 403, (signed) => send(signed, 'POST', content)),
  put('as GET', 403, (signed) => send(signed, 'GET')),
  put('as DELETE', 403, (signed) => send(signed, 'DELETE')),
  put('as HEAD', 403, (signed) => send(signed, 'HEAD')),
  put('with another signature', 403, (signed) => send(inUrl(signed, /X-Amz-Signature=.{4}/, 'X-Amz-Signature=0000'), 'PUT', content)),
  put('without a signature', 403, (signed) => send(inUrl(signed, /\?.*/, ''), 'PUT', content)),
  put('with a longer life', 403, (signed) => send(inUrl(signed, /X-Amz-Expires=\d+/, 'X-Amz-Expires=604800'), 'PUT', content)),
  put('with fewer signed headers', 403, (signed) => send(inUrl(signed, 'content-length%3B', ''), 'PUT', content)),
  put('after its end', 403, async (_, file, subject) => send(await subject.expired.uploads.signPut(file), 'PUT', content)),
  put('signed by a stranger', 403, async (_, file, subject) => send(await subject.stranger.signPut(file), 'PUT', content)),
];

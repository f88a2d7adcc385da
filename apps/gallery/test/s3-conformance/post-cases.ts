import { randomUUID } from 'node:crypto';
import type { UploadToSign } from '../../src/storage/upload-signer.js';
import type { Case } from './cases.js';
import { type Answer, content, otherContent, sendForm, sha256, type Subject, without } from './subject.js';

interface Form {
  readonly url: string;
  readonly fields: Record<string, string>;
}
type Sending = (form: Form, file: UploadToSign, subject: Subject) => Promise<Answer>;

const post = (name: string, status: number, sending: Sending, ceph?: Case['ceph']): Case => ({
  name: `POST ${name}`,
  status,
  send: async (subject) => {
    const file = subject.newFile();
    return sending(await subject.uploads.signPost(file), file, subject);
  },
  ...(ceph ? { ceph } : {}),
});
const withField = ({ url, fields }: Form, more: Record<string, string>, bytes = content): Promise<Answer> => sendForm(url, { ...fields, ...more }, bytes);
const noChecksums = 'it knows no x-amz-checksum fields, which came later';

export const postCases: readonly Case[] = [
  post('as it was signed', 204, ({ url, fields }) => sendForm(url, fields, content)),
  post('again, with the same bytes', 204, async ({ url, fields }) => {
    await sendForm(url, fields, content);
    return sendForm(url, fields, content);
  }),
  post('of another type', 403, (form) => withField(form, { 'Content-Type': 'text/html' })),
  post('without its type', 403, ({ url, fields }) => sendForm(url, without(fields, 'Content-Type'), content)),
  post('to another key', 403, (form) => withField(form, { key: `quarantine/${randomUUID()}` })),
  post('to a key with the name of the file', 403, (form) => withField(form, { key: 'quarantine/${filename}' })),
  post('of more bytes', 400, ({ url, fields }) => sendForm(url, fields, Buffer.concat([content, content]))),
  post('of fewer bytes', 400, ({ url, fields }) => sendForm(url, fields, content.subarray(1))),
  post('of other bytes', 400, ({ url, fields }) => sendForm(url, fields, otherContent), { status: 204, because: noChecksums }),
  post('of other bytes with their checksum', 403, (form) => withField(form, { 'x-amz-checksum-sha256': sha256(otherContent) }, otherContent)),
  post('without its checksum', 403, ({ url, fields }) => sendForm(url, without(fields, 'x-amz-checksum-sha256'), content)),
  post('with a field that was not signed', 403, (form) => withField(form, { acl: 'public-read' })),
  post('with another policy', 403, (form) =>
    withField(form, { Policy: Buffer.from('{"expiration":"2100-01-01T00:00:00Z","conditions":[]}').toString('base64') })),
  post('with another signature', 403, (form) => withField(form, { 'X-Amz-Signature': '0'.repeat(64) })),
  post('without a signature', 403, ({ url, fields }) => sendForm(url, without(fields, 'X-Amz-Signature'), content), {
    status: 400,
    because: 'it calls the form malformed',
  }),
  post('after its end', 403, async (_, file, subject) => {
    const { url, fields } = await subject.expired.uploads.signPost(file);
    return sendForm(url, fields, content);
  }),
  post('signed by a stranger', 403, async (_, file, subject) => {
    const { url, fields } = await subject.stranger.signPost(file);
    return sendForm(url, fields, content);
  }),
];

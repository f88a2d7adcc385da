import type { Case } from './cases.js';
import { type Answer, content, send, type Subject } from './subject.js';

const of = (readyKey: string) => ({ readyKey, filename: 'Grüße "q".png', contentType: 'image/png', disposition: 'attachment' }) as const;

const get = (name: string, status: number, sending: (url: string, key: string, subject: Subject) => Promise<Answer>): Case => ({
  name: `GET ${name}`,
  status,
  send: async (subject) => {
    const key = await subject.newObject();
    const { url } = await subject.downloads.signDownload(of(key));
    return sending(url, key, subject);
  },
});

/** The answer, but for its status, is right. */
const holding = (answer: Answer, text: string, headers: Record<string, RegExp>): Answer =>
  answer.text === text && Object.entries(headers).every(([name, pattern]) => pattern.test(answer.headers.get(name) ?? '')) ? answer : { ...answer, status: 0 };

export const downloadCases: readonly Case[] = [
  get('as it was signed, with type and name', 200, async (url) =>
    holding(await send({ url }, 'GET'), content.toString(), {
      'content-type': /^image\/png$/,
      'content-disposition': /^attachment; .*filename\*=UTF-8''Gr%C3%BC%C3%9Fe%20%22q%22\.png/,
    })),
  get('of a range', 206, async (url) =>
    holding(await send({ url, headers: { range: 'bytes=4-8' } }, 'GET'), 'bytes', { 'content-range': new RegExp(`^bytes 4-8/${content.length}$`) })),
  get('of the last bytes', 206, async (url) => holding(await send({ url, headers: { range: 'bytes=-4' } }, 'GET'), 'file', {})),
  get('of a range beyond the end', 416, (url) => send({ url, headers: { range: 'bytes=1000-' } }, 'GET')),
  get('with another disposition', 403, (url) => send({ url: url.replace('attachment', 'inline') }, 'GET')),
  get('with another type', 403, (url) => send({ url: url.replace('image%2Fpng', 'text%2Fhtml') }, 'GET')),
  get('of another key', 403, async (url, key, subject) => send({ url: url.replace(key, await subject.newObject()) }, 'GET')),
  get('as PUT', 403, (url) => send({ url }, 'PUT', content)),
  get('as DELETE', 403, (url) => send({ url }, 'DELETE')),
  get('without a signature', 403, (url) => send({ url: url.replace(/\?.*/, '') }, 'GET')),
  get('after its end', 403, async (_, key, subject) => send({ url: (await subject.expired.downloads.signDownload(of(key))).url }, 'GET')),
];

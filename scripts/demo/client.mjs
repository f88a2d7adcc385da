// A client of the public API alone: what any program outside can do.
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

export const gateway = process.env.ATRIUM_URL ?? `http://localhost:${process.env.ATRIUM_PORT_GATEWAY ?? 8000}`;
export const mailbox = process.env.ATRIUM_MAIL ?? `http://localhost:${process.env.ATRIUM_PORT_MAIL ?? 8025}`;

export class Unexpected extends Error {}

/** One request; throws {@link Unexpected} unless the answer has one of the expected statuses. */
export async function call(method, path, { token, body, headers = {}, expect = 200 } = {}) {
  const response = await fetch(`${gateway}/api/v1${path}`, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(method === 'POST' ? { 'idempotency-key': randomUUID() } : {}),
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...headers,
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  const answer = text ? JSON.parse(text) : undefined;
  if ([expect].flat().includes(response.status)) return { status: response.status, body: answer };
  const reason = answer?.error ? `${answer.error.code}: ${answer.error.message}` : text.slice(0, 200);
  throw new Unexpected(`${method} ${path} answered ${response.status} ${reason}`);
}

/** Asks again until the answer is there. */
export async function until(what, ask, { seconds = 30 } = {}) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Unexpected(`${what}: not within ${seconds} s`);
    await delay(100);
  }
}

/** The token in the newest mail to the address whose subject matches. */
export async function mailedToken(to, subject) {
  return until(`a mail "${subject.source}" to ${to}`, async () => {
    const mails = await (await fetch(`${mailbox}/api/messages`)).json();
    const mail = mails.find((one) => JSON.stringify(one.to).includes(to) && subject.test(one.subject));
    return mail && /[?&]token=([\w.~-]+)/.exec(mail.text)?.[1];
  });
}

export const claimsOf = (token) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString());

/** Runs the tasks with so many at once. */
export async function pool(size, tasks) {
  const queue = [...tasks];
  const worker = async () => {
    for (let task = queue.shift(); task; task = queue.shift()) await task();
  };
  await Promise.all(Array.from({ length: size }, worker));
}

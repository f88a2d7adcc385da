import { until } from '@atrium/testing';

export interface SseMessage {
  readonly event: string;
  readonly id: string | undefined;
  readonly data: { readonly [key: string]: unknown };
}

/** A reader of an event stream over HTTP. */
export async function openStream(url: string, token: string, headers: Record<string, string> = {}) {
  const controller = new AbortController();
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}`, ...headers }, signal: controller.signal });
  const messages: SseMessage[] = [];
  let ended = false;
  const read = async () => {
    let held = '';
    for await (const chunk of response.body ?? []) {
      held += Buffer.from(chunk as Uint8Array).toString();
      const blocks = held.split('\n\n');
      held = blocks.pop() ?? '';
      messages.push(...blocks.flatMap(messageOf));
    }
  };
  void read().catch(() => undefined).finally(() => (ended = true));
  return {
    response,
    messages,
    isEnded: () => ended,
    close: () => controller.abort(),
    /** The names of the events so far, once there are so many. */
    names: (count: number) =>
      until(`${count} events`, async () => {
        const names = messages.filter(({ event }) => event === 'message').map(({ data }) => String(data['event']));
        return names.length >= count ? names : undefined;
      }),
  };
}

function messageOf(block: string): SseMessage[] {
  const fields = new Map(block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]));
  const data = fields.get('data');
  if (data === undefined) return [];
  return [{ event: fields.get('event') ?? 'message', id: fields.get('id'), data: JSON.parse(data) as SseMessage['data'] }];
}

import { until } from '@atrium/testing';

/** New events as the gateway streams them. */
export async function openStream(gateway: string, token: string, headers: Readonly<Record<string, string>> = {}) {
  const left = new AbortController();
  const response = await fetch(`${gateway}/api/v1/events/live`, { headers: { authorization: `Bearer ${token}`, ...headers }, signal: left.signal });
  let text = '';
  const read = async () => {
    for await (const chunk of response.body ?? []) text += Buffer.from(chunk as Uint8Array).toString();
  };
  void read().catch(() => undefined);
  const namesNow = () => [...text.matchAll(/^data: (.*"event".*)$/gm)].map(([, json]) => String((JSON.parse(json ?? '') as { event: unknown }).event));
  return {
    response,
    lastId: () => [...text.matchAll(/^id: (.+)$/gm)].at(-1)?.[1],
    close: () => left.abort(),
    names: (count: number) => until(`${count} events`, async () => (namesNow().length >= count ? namesNow() : undefined)),
  };
}

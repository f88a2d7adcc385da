// Events as a web shop's page would send them, some 420 bytes each, all different.
import { randomUUID } from 'node:crypto';

const names = ['Page Viewed', 'Product Viewed', 'Product Added', 'Checkout Started', 'Order Completed'];
const pick = (list, index) => list[index % list.length];

export const sampleEvent = (index) => ({
  event: pick(names, index),
  user_id: `user-${index % 5_000}`,
  anonymous_id: randomUUID(),
  session_id: `s-${index % 20_000}`,
  properties: {
    url: `https://shop.example/products/${index % 900}?ref=mail`,
    title: `Product ${index % 900} | Example shop`,
    price: (index % 9_000) / 100,
    currency: pick(['EUR', 'USD', 'GBP'], index),
    quantity: 1 + (index % 4),
    category: pick(['shoes', 'shirts', 'hats'], index),
    is_member: index % 2 === 0,
  },
  context: { locale: pick(['en-GB', 'de-DE'], index), screen: { width: 1280, height: 720 } },
});

/** A whole HTTP request; `count` events in a batch, or a single event where it is undefined. */
export function ingestRequest(writeKey, first, count) {
  const batch = count === undefined ? undefined : Array.from({ length: count }, (_, index) => sampleEvent(first + index));
  const body = JSON.stringify(batch ? { batch } : sampleEvent(first));
  const head =
    'POST /api/v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n' +
    `X-Write-Key: ${writeKey}\r\nUser-Agent: bench\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`;
  return Buffer.from(head + body);
}

/** Different requests to send in turn, so that neither compression nor caches meet one text only. */
export function ingestRequests(writeKey, kinds, count) {
  const requests = Array.from({ length: kinds }, (_, index) => ingestRequest(writeKey, index * (count ?? 1), count));
  let turn = 0;
  return () => requests[(turn = (turn + 1) % kinds)];
}

import { randomUUID } from 'node:crypto';
import { lineHead, lineTail } from '../src/ingest/event-line.js';
import { foldLines, type PackMessage } from '../src/packs/pack-message.js';

export const sampleOrg = randomUUID();

const arrival = () => ({
  orgId: sampleOrg, siteId: sampleOrg, sourceId: sampleOrg, receivedAt: Date.now(), ip: '', userAgent: '', requestId: 'r', traceId: '', retentionDays: 400,
});

export const sampleLine = (event: string): string => lineHead(arrival()) + lineTail({ event, properties: {}, event_id: randomUUID() }, Date.now());
/** ClickHouse can't read its properties. */
export const unreadableLine = (event: string): string => sampleLine(event).replace('"properties":{}', '"properties":[1]');
export const sampleLines = (event: string, count: number): string[] => Array.from({ length: count }, () => sampleLine(event));

export async function packLines(lines: readonly string[], more: Partial<PackMessage> = {}): Promise<PackMessage> {
  const data = (await foldLines(Buffer.from(lines.join('')))).toString('base64');
  return { version: 1, batch_id: randomUUID(), codec: 'zstd', rows: lines.length, data, ...more };
}

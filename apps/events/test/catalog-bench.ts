import { randomUUID } from 'node:crypto';
import { eventsEndpoints, type QuarantinedEvent } from '@atrium/contracts/events';
import { until } from '@atrium/testing';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { addOrganization, type EventsBench } from './events-bench.js';

export type Json = Record<string, unknown>;
const quarantinePage = eventsEndpoints.listQuarantine.success.schema;

export const orderSchema = {
  type: 'object',
  properties: { price: { type: 'number', minimum: 0 }, currency: { enum: ['EUR', 'USD'] } },
  required: ['price'],
};

/** An organization whose source judges by its catalog, which knows `Order`. */
export async function addCatalog(bench: EventsBench, api: NestFastifyApplication, rule: Json = { schema_mode: 'enforce' }) {
  const org = await addOrganization(bench, api);
  const ask = async (method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, more: { body?: Json; as?: string; headers?: Record<string, string> } = {}) => {
    const { body, as = org.token, headers = {} } = more;
    const response = await api.inject({ method, url: `/api/v1/events${path}`, headers: { authorization: `Bearer ${as}`, ...headers }, ...(body ? { payload: body } : {}) });
    return { status: response.statusCode, etag: response.headers.etag, json: response.body === '' ? undefined : response.json() };
  };
  const send = async (...events: Json[]) => {
    const response = await api.inject({ method: 'POST', url: '/api/v1/events', headers: { 'x-write-key': org.writeKey }, payload: events.length === 1 && events[0] ? events[0] : { batch: events } });
    return { status: response.statusCode, json: response.json() };
  };
  const quarantine = async (query = '', as?: string): Promise<QuarantinedEvent[]> => quarantinePage.parse((await ask('GET', `/quarantine?limit=100${query}`, as === undefined ? {} : { as })).json).data;
  const count = (event: string) => bench.number(`SELECT count() FROM atrium.events FINAL WHERE org_id = '${org.orgId}' AND event_name = '${event}'`);
  const at = (site: string, ...permissions: string[]) => bench.issuer.token({ org_id: org.orgId, sub: randomUUID(), site_permissions: { [site]: permissions } });
  const define = async (schema: Json, name = 'Order') => {
    const { etag } = await ask('GET', `/schemas/${encodeURIComponent(name)}`);
    return etag === undefined
      ? ask('POST', '/schemas', { body: { name, schema } })
      : ask('PUT', `/schemas/${encodeURIComponent(name)}`, { body: { schema }, headers: { 'if-match': String(etag) } });
  };
  await define(orderSchema);
  await org.call('PATCH', `/events/sources/${org.source.id}`, rule);
  return { ...org, ask, send, quarantine, count, at, define, emptied: () => until('an empty queue', async () => (await bench.depth()) === 0 || undefined) };
}

import { errorCodes } from '@atrium/contract-kit';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { allEndpoints } from './all-endpoints.js';
import { authEndpoints } from './auth/index.js';
import { domainEvents } from './domain-events/index.js';
import { queues } from './queues.js';
import { permissionCatalog, systemRoles } from './users/roles.js';

const parametersIn = (path: string): string[] => [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '').sort();
const keysOf = (schema: z.ZodType | undefined): string[] => (schema instanceof z.ZodObject ? Object.keys(schema.shape).sort() : []);

describe('the contract', () => {
  it('names every operation once, and every method of a path once', () => {
    const ids = allEndpoints.map(({ operationId }) => operationId);
    const routes = allEndpoints.map(({ method, path }) => `${method} ${path.replaceAll(/\{\w+\}/g, '{}')}`);
    expect(new Set(ids).size).toBe(ids.length);
    expect(new Set(routes).size).toBe(routes.length);
  });

  it.each(allEndpoints.map((definition) => [definition.operationId, definition] as const))('%s is sound', (_, definition) => {
    expect(definition.operationId.startsWith(`${definition.service}.`)).toBe(true);
    expect(keysOf(definition.params)).toEqual(parametersIn(definition.path));
    expect(definition.errors.every((code) => code in errorCodes)).toBe(true);
    if (definition.access.kind === 'permission' || definition.access.kind === 'write-key') {
      expect(Object.keys(permissionCatalog)).toContain(definition.access.permission);
    }
    if (typeof definition.apiKeys === 'object') expect(Object.keys(permissionCatalog)).toContain(definition.apiKeys.permission);
    if (definition.method === 'GET') expect(definition.body).toBeUndefined();
    if (definition.success.status === 204) expect(definition.success.schema).toBeUndefined();
    else if (![202, 302].includes(definition.success.status)) expect(definition.success.schema ?? definition.success.file ?? definition.success.stream).toBeDefined();
  });

  it('takes API keys where a permission decides, and hardly anywhere else', () => {
    const opened = allEndpoints.filter(({ access, apiKeys }) => access.kind !== 'permission' && access.kind !== 'write-key' && apiKeys);
    expect(opened.map(({ operationId }) => operationId)).toEqual(['auth.getMe', 'users.getUser', 'users.updateUser', 'users.getOrganization']);
    expect(allEndpoints.filter(({ access, apiKeys }) => access.kind === 'public' && apiKeys)).toEqual([]);
  });

  it('refuses unknown fields in every body and query', () => {
    // The parameters of the callback are the other server's: unknown ones must be ignored (RFC 6749 §4.1.2). Messages of
    // Segment's API are its SDKs': they drop for good what is refused.
    const strict = allEndpoints.filter((one) => one !== authEndpoints.finishOauth && !one.operationId.startsWith('events.segment'));
    for (const { operationId, body, query } of strict) {
      for (const schema of [body, query]) {
        const issues = schema?.safeParse({ surprise_field: 1 }).error?.issues ?? [];
        if (schema) expect(JSON.stringify(issues), operationId).toContain('surprise_field');
      }
    }
  });
});

describe('the seeded roles', () => {
  it('have the ids that the contract promises', () => {
    const ids = Object.fromEntries(Object.entries(systemRoles).map(([name, { id }]) => [id, name]));
    expect(ids).toEqual({ 1: 'admin', 2: 'editor', 3: 'viewer', 4: 'org_admin', 5: 'site_admin', 6: 'member' });
  });

  it('each hold what the role below holds', () => {
    const byRank = Object.values(systemRoles).sort((a, b) => a.rank - b.rank);
    byRank.slice(1).forEach((role, index) => {
      const below: readonly string[] = byRank[index]?.permissions ?? [];
      expect(below.filter((permission) => !(role.permissions as readonly string[]).includes(permission))).toEqual([]);
    });
  });
});

describe('domain events', () => {
  it('all go to ClickHouse, the audit log by a stream of its own, and none with a secret or an address', () => {
    for (const { type, streams, confined = [], data } of domainEvents) {
      const stream = type === 'audit.recorded' ? queues.eventsAudit : queues.eventsDomain;
      expect(streams?.map(({ name }) => name), type).toContain(stream.name);
      const left = keysOf(data).filter((field) => !confined.includes(field));
      expect(left.filter((field) => /token|secret|password$|email/.test(field)), type).toEqual([]);
      expect(confined.filter((field) => !keysOf(data).includes(field)), type).toEqual([]);
    }
  });

  it('are named once a version, and each subscriber and stream has a queue', () => {
    const names = domainEvents.map(({ type, version }) => `${type}@${version}`);
    expect(new Set(names).size).toBe(names.length);
    const existing = Object.values(queues).map(({ name }) => name);
    for (const { subscribers, streams = [] } of domainEvents) {
      for (const subscriber of subscribers) expect(existing).toContain(`${subscriber}-inbox`);
      for (const { name } of streams) expect(existing).toContain(name);
    }
  });
});

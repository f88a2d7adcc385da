import { allEndpoints } from '@atrium/contracts';
import { describe, expect, it } from 'vitest';
import { routeTable, servicesOf } from './route-table.js';

describe('the route table', () => {
  const table = routeTable(allEndpoints);

  it('covers every endpoint of the contract', () => {
    for (const endpoint of allEndpoints) {
      const path = table.find(({ url }) => url === endpoint.path.replaceAll(/\{(\w+)\}/g, ':$1'));
      expect(path?.byMethod.get(endpoint.method), endpoint.operationId).toBe(endpoint);
    }
  });

  it('holds nothing that the contract does not', () => {
    const routed = table.flatMap(({ byMethod }) => [...byMethod].filter(([method]) => method !== 'HEAD').map(([, endpoint]) => endpoint));
    expect(new Set(routed)).toEqual(new Set(allEndpoints));
  });

  it('gives HEAD to every GET, and names what is allowed', () => {
    expect(table.find(({ url }) => url === '/api/v1/users')).toMatchObject({ allow: expect.stringMatching(/^GET, HEAD.*OPTIONS$/) });
  });

  it('knows a service for each', () => {
    expect(servicesOf(allEndpoints).sort()).toEqual(['auth', 'events', 'gallery', 'users']);
  });

  it('refuses two endpoints of one method and path', () => {
    const [endpoint] = allEndpoints;
    if (!endpoint) throw new Error('no endpoints');
    expect(() => routeTable([endpoint, endpoint])).toThrow(/defined twice/);
  });
});

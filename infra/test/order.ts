import { expect, it } from 'vitest';
import type { Resource, Synthesized } from './synthesized.js';

/** Logical ids that a part of a template names. */
function namesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap(namesIn);
  return Object.entries(value).flatMap(([key, part]: [string, unknown]) => {
    if (key === 'Ref' && typeof part === 'string') return [part];
    if (key === 'Fn::GetAtt' && Array.isArray(part)) return [String(part[0])];
    return namesIn(part);
  });
}

/** A deployment from nothing goes through: CloudFormation tells of circles only when it is asked to deploy. */
export function orderHolds(stage: () => Synthesized): void {
  it('deploys stack by stack, each after those that it needs', () => {
    expect([...stage().order.slice(0, 2)].sort()).toEqual(['Messaging', 'Network']);
    const downloads = stage().config.downloads ? ['Downloads'] : [];
    const rest = stage().order.slice(2);
    expect(rest.filter((name) => !downloads.includes(name))).toEqual(['Data', 'Edge', 'Services', 'Observability']);
    expect(rest.indexOf('Downloads')).toBe(downloads.length > 0 ? rest.indexOf('Data') + 1 : -1);
  });

  it('has no circle in any stack, and no more resources than a stack may have', () => {
    for (const stack of stage().order) {
      const resources = new Map([...stage().resources(undefined, stack)].map(([id, resource]) => [id.split('/')[1] ?? '', resource]));
      expect(resources.size).toBeLessThan(500);
      const needs = ({ Properties, DependsOn = [] }: Resource) => [...namesIn(Properties), ...(Array.isArray(DependsOn) ? DependsOn : [DependsOn])];
      const done = new Set<string>();
      const visit = (id: string, way: readonly string[]): void => {
        const resource = resources.get(id);
        if (!resource || done.has(id)) return;
        expect(way, `${stack}: a circle by way of ${id}`).not.toContain(id);
        for (const next of needs(resource)) if (next !== id) visit(next, [...way, id]);
        done.add(id);
      };
      for (const id of resources.keys()) visit(id, []);
    }
  });
}

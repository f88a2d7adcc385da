import { expect, it } from 'vitest';
import { findPropertiesProblem, maxDepth } from './properties-problem.js';

const nested = (depth: number): object => JSON.parse(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`);

it('properties may be nested as deep as is allowed, and no deeper', () => {
  expect(findPropertiesProblem(nested(maxDepth), 'properties')).toBeUndefined();
  expect(findPropertiesProblem(nested(maxDepth + 1), 'properties')).toMatchObject({ field: 'properties' });
  expect(findPropertiesProblem(nested(10_000), 'context')).toMatchObject({ field: 'context' });
  expect(findPropertiesProblem(undefined, 'properties')).toBeUndefined();
});

it('properties hold no infinity and no __proto__ at any depth', () => {
  expect(findPropertiesProblem(JSON.parse('{"a":[{"b":1e999}]}'), 'properties')?.message).toMatch(/finite/);
  expect(findPropertiesProblem(JSON.parse('{"a":[{"__proto__":1}]}'), 'properties')?.message).toMatch(/__proto__/);
});

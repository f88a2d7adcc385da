import type { EventProblem } from './event-problem.js';
import { isRawJson } from './raw-json.js';

/** Objects and lists inside one another: ClickHouse parses types recursively, and nobody queries deeper. */
export const maxDepth = 32;

function problemAt(value: object, field: string, depth: number): EventProblem | undefined {
  if (depth > maxDepth) return { field, message: `must not be nested deeper than ${maxDepth} levels` };
  // Out of JSON.parse, every enumerable key is an own one.
  for (const key in value) {
    const inner: unknown = value[key as keyof typeof value];
    if (key === '__proto__') return { field, message: 'must not have a key named __proto__' };
    // JSON has no infinity, but 1e400 reads as one.
    if (typeof inner === 'number' && !Number.isFinite(inner)) return { field, message: 'must hold finite numbers only' };
    if (typeof inner === 'object' && inner !== null && !isRawJson(inner)) {
      const problem = problemAt(inner, field, depth + 1);
      if (problem) return problem;
    }
  }
  return undefined;
}

/** What keeps free-form properties from being stored, though they are well-formed. `field` names their field. */
export const findPropertiesProblem = (value: object | undefined, field: string): EventProblem | undefined =>
  value === undefined ? undefined : problemAt(value, field, 1);

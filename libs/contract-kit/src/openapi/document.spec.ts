import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { endpoint } from '../endpoint.js';
import { uuid } from '../primitives.js';
import { openApiDocument } from './document.js';

const thing = z
  .object({ id: uuid, note: z.string().nullable(), key: z.union([z.string(), z.number()]).nullable(), month: z.string().meta({ examples: ['2026-11'] }) })
  .meta({ id: 'Thing' });
const update = endpoint({
  operationId: 'users.updateThing',
  service: 'users',
  method: 'PUT',
  path: '/things/{id}',
  summary: 'Change a thing',
  access: { kind: 'permission', permission: 'things.update', scope: 'org' },
  idempotent: true,
  ifMatch: true,
  params: z.object({ id: uuid }),
  query: z.strictObject({ page: z.coerce.number().int().default(1), tag: z.string().optional() }),
  body: z.strictObject({ note: z.string() }),
  success: { status: 200, description: 'Changed', schema: z.object({ data: z.array(thing) }), etag: true },
  errors: ['CONFLICT'],
});
const info = { title: 'T', version: '1', description: 'd', tags: { users: 'Users' }, servers: [] };
const document = openApiDocument(info, [update]) as {
  paths: Record<
    string,
    Record<
      string,
      Record<string, never> & {
        parameters: { name: string; in: string; required: boolean }[];
        responses: Record<string, { description: string }>;
      }
    >
  >;
  components: { schemas: Record<string, unknown> };
};
const operation = document.paths['/things/{id}']?.['put'];

describe('the OpenAPI document', () => {
  it('names every parameter with its place and whether it must be there', () => {
    const parameters = operation?.parameters.map(({ name, in: place, required }) => `${place} ${name} ${required}`);
    expect(parameters).toEqual([
      'path id true',
      'query page false',
      'query tag false',
      'header Idempotency-Key false',
      'header If-Match true',
    ]);
  });

  it('lists the errors that the definition names and those that follow from it', () => {
    expect(operation?.responses['409']?.description).toBe('CONFLICT, IDEMPOTENCY_IN_FLIGHT');
    expect(Object.keys(operation?.responses ?? {})).toEqual(
      expect.arrayContaining(['200', '400', '401', '403', '409', '422', '429', '500', '503']),
    );
  });

  it('names schemas once, under components', () => {
    expect(JSON.stringify(operation?.responses['200'])).toContain('#/components/schemas/Thing');
    expect(document.components.schemas['Thing']).toMatchObject({
      properties: {
        note: { nullable: true },
        key: { anyOf: [{ type: 'string', nullable: true }, { type: 'number', nullable: true }] },
        month: { example: '2026-11' },
      },
    });
    expect(document.components.schemas['Thing']).not.toHaveProperty('properties.key.nullable');
    expect(document.components.schemas['Error']).toBeDefined();
    expect(JSON.stringify(document)).not.toContain('#/definitions/');
  });

  it('refuses unknown fields in requests and promises nothing of the kind for answers', () => {
    expect(JSON.stringify(operation?.['requestBody'])).toContain('"additionalProperties":false');
    expect(JSON.stringify(document.components.schemas['Thing'])).not.toContain('additionalProperties');
  });
});

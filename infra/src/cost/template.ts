import { z } from 'zod';

/** A resource of a CloudFormation template, as far as its price asks. */
export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}

/** Logical id → resource. */
export type Resources = Readonly<Record<string, TemplateResource>>;

/** What a resource's price can't be told without. */
export class NoPriceError extends Error {}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined), value);
}

const optional = <T>(schema: z.ZodType<T>, resource: TemplateResource, path: readonly string[]): T | undefined => {
  const value = valueAt(resource.Properties, path);
  if (value === undefined) return undefined;
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new NoPriceError(`${resource.Type}: ${path.join('.')} is not what a price can be read from`);
  return parsed.data;
};

// CloudFormation takes numbers as texts too.
const numeric = z.union([z.number(), z.string().regex(/^\d+(\.\d+)?$/).transform(Number)]);

export const numberAt = (resource: TemplateResource, ...path: string[]): number | undefined => optional(numeric, resource, path);
export const textAt = (resource: TemplateResource, ...path: string[]): string | undefined => optional(z.string(), resource, path);
export const flagAt = (resource: TemplateResource, ...path: string[]): boolean => optional(z.boolean(), resource, path) ?? false;
export const listAt = (resource: TemplateResource, ...path: string[]): readonly unknown[] => optional(z.array(z.unknown()), resource, path) ?? [];

/** @throws NoPriceError where the template doesn't say */
export function required<T>(value: T | undefined, resource: TemplateResource, name: string): T {
  if (value === undefined) throw new NoPriceError(`${resource.Type} without ${name}`);
  return value;
}

/** The logical id that a `Ref` or a `Fn::GetAtt` at a path names. */
export function referenceAt(resource: TemplateResource, ...path: string[]): string | undefined {
  const reference = z.union([
    z.object({ Ref: z.string() }).transform(({ Ref }) => Ref),
    z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.string()]) }).transform(({ 'Fn::GetAtt': [id] }) => id),
  ]);
  return reference.safeParse(valueAt(resource.Properties, path)).data;
}

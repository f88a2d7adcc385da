import type { Condition } from '@atrium/contracts/events';
import { isoDateTimeWithOffset } from '@atrium/contract-kit';
import { invalidField } from '@atrium/platform/errors';
import { type EventField, fieldOf } from './event-field.js';
import type { SqlParameters } from './sql-parameters.js';

type Scalar = string | number | boolean;
type FieldOf<K extends EventField['kind']> = Extract<EventField, { readonly kind: K }>;

const operators = { gt: '>', gte: '>=', lt: '<', lte: '<=' } as const;

const not = (sql: string): string => `NOT ${sql}`;
/** Null is no: a value of another type doesn't meet the condition. */
const sure = (sql: string): string => `ifNull(${sql}, 0)`;

function millisecondsOf(condition: Condition, value: unknown): number {
  if (isoDateTimeWithOffset.safeParse(value).success) return Date.parse(String(value));
  throw invalidField('filter', `${condition.property} is compared with a date and time in ISO 8601`);
}

function timeSql(condition: Condition, { sql }: FieldOf<'time'>, parameters: SqlParameters): string {
  const at = `toUnixTimestamp64Milli(${sql})`;
  const time = (value: unknown) => parameters.integer(millisecondsOf(condition, value));
  switch (condition.op) {
    case 'eq':
      return `(${at} = ${time(condition.value)})`;
    case 'neq':
      return `(${at} != ${time(condition.value)})`;
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      return `(${at} ${operators[condition.op]} ${time(condition.value)})`;
    default:
      throw invalidField('filter', `${condition.property} takes eq, neq, gt, gte, lt and lte`);
  }
}

/** SQL of the field as one of the value's own type; undefined where it never is of that type. */
function typedSql(field: FieldOf<'text' | 'property'>, value: Scalar): string | undefined {
  if (field.kind === 'text') return typeof value === 'string' ? field.sql : undefined;
  if (typeof value === 'string') return field.text;
  return typeof value === 'number' ? field.number : field.bool;
}

function amongSql(field: FieldOf<'text' | 'property'>, values: readonly Scalar[], parameters: SqlParameters): string {
  const texts = values.filter((value) => typeof value === 'string');
  const numbers = values.filter((value) => typeof value === 'number');
  const truths = values.filter((value) => typeof value === 'boolean');
  const parts: string[] = [];
  if (texts.length > 0) parts.push(sure(`has(${parameters.texts(texts)}, ${typedSql(field, '') ?? "''"})`));
  if (field.kind === 'property' && numbers.length > 0) parts.push(sure(`has(${parameters.floats(numbers)}, ${field.number})`));
  if (field.kind === 'property') parts.push(...truths.map((truth) => sure(`(${field.bool} = ${String(truth)})`)));
  return parts.length === 0 ? '0' : `(${parts.join(' OR ')})`;
}

function orderSql(field: FieldOf<'text' | 'property'>, operator: string, value: string | number, parameters: SqlParameters): string {
  const typed = typedSql(field, value);
  if (typed === undefined) return '0';
  return sure(`(${typed} ${operator} ${typeof value === 'string' ? parameters.text(value) : parameters.float(value)})`);
}

const existsSql = (field: FieldOf<'text' | 'property'>): string =>
  field.kind === 'text' ? `(${field.sql} != '')` : `(${field.any} IS NOT NULL OR toString(${field.object}) != '{}')`;

/**
 * One condition as SQL that is 0 or 1. Negations are the exact opposite: an event without the property meets `neq`.
 * Throws VALIDATION_ERROR where the column can't be asked so.
 */
export function conditionSql(condition: Condition, parameters: SqlParameters): string {
  const field = fieldOf(condition.property);
  if (field.kind === 'time') return timeSql(condition, field, parameters);
  switch (condition.op) {
    case 'eq':
      return amongSql(field, [condition.value], parameters);
    case 'neq':
      return not(amongSql(field, [condition.value], parameters));
    case 'in':
      return amongSql(field, condition.value, parameters);
    case 'not_in':
      return not(amongSql(field, condition.value, parameters));
    case 'contains':
      return sure(`(position(${typedSql(field, '') ?? "''"}, ${parameters.text(condition.value)}) > 0)`);
    case 'starts_with':
      return sure(`startsWith(${typedSql(field, '') ?? "''"}, ${parameters.text(condition.value)})`);
    case 'exists':
      return existsSql(field);
    case 'not_exists':
      return not(existsSql(field));
    default:
      return orderSql(field, operators[condition.op], condition.value, parameters);
  }
}

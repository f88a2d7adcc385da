import type { GroupValue } from '@atrium/contracts/events';
import { fieldOf } from './event-field.js';

/** Characters of a value; those that begin alike so far are one. */
const longest = 256;

/** The value of the field as a text that also tells its type: `s:pro`, `n:7`, `b:true`, `j:[1,2]`, and nothing for none. */
export function groupKeySql(name: string): string {
  const field = fieldOf(name);
  if (field.kind === 'time') return `concat('s:', toString(${field.sql}))`;
  if (field.kind === 'text') return `if(${field.sql} = '', '', concat('s:', leftUTF8(${field.sql}, ${longest})))`;
  return `multiIf(
    ${field.text} IS NOT NULL, concat('s:', leftUTF8(assumeNotNull(${field.text}), ${longest})),
    ${field.number} IS NOT NULL, concat('n:', toString(assumeNotNull(${field.number}))),
    ${field.bool} IS NOT NULL, concat('b:', toString(assumeNotNull(${field.bool}))),
    ${field.any} IS NOT NULL, concat('j:', leftUTF8(toString(${field.any}), ${longest})), '')`;
}

/** The value that a key stands for. */
export function groupValueOf(key: string): GroupValue {
  const value = key.slice(2);
  switch (key.slice(0, 2)) {
    case '':
      return null;
    case 'n:':
      return Number(value);
    case 'b:':
      return value === 'true';
    default:
      return value;
  }
}

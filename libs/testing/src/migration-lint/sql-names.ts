import type { FunctionParameter, Node, RangeVar, TypeName } from 'libpg-query';

const textOf = (node: Node): string => ('String' in node ? (node.String.sval ?? '') : '');

/** Names as statements have them, made whole by the schema that the service's search path begins with. */
export class SqlNames {
  constructor(private readonly schema: string) {}

  relation = ({ schemaname = this.schema, relname = '' }: RangeVar = {}): string => `${schemaname}.${relname}`;

  /** Parts of a qualified name; `least` of them name a thing in no schema, e.g. 2 for a policy of a table. */
  qualified(parts: readonly Node[], least = 1): string {
    const names = parts.map(textOf);
    return (names.length > least ? names : [this.schema, ...names]).join('.');
  }

  function(name: readonly Node[], parameters: readonly Node[]): string {
    const inputs = parameters
      .flatMap((node) => ('FunctionParameter' in node ? [node.FunctionParameter] : []))
      .filter(({ mode }) => mode !== 'FUNC_PARAM_OUT' && mode !== 'FUNC_PARAM_TABLE');
    return `${this.qualified(name)}(${inputs.map(({ argType }: FunctionParameter) => typeText(argType)).join(', ')})`;
  }
}

/** A type as PostgreSQL names it inside: `int4`, `text[]`. */
export function typeText(type: TypeName | undefined): string {
  const names = (type?.names ?? []).map(textOf).filter((name) => name !== 'pg_catalog');
  return `${names.join('.')}${type?.arrayBounds ? '[]' : ''}`;
}

/** The object of one entry of a DROP. */
export function droppedName(names: SqlNames, object: Node, least: number): string {
  if ('List' in object) return names.qualified(object.List.items ?? [], least);
  if ('TypeName' in object) return names.qualified(object.TypeName.names ?? []);
  if ('ObjectWithArgs' in object) {
    const { objname = [], objfuncargs = [] } = object.ObjectWithArgs;
    return names.function(objname, objfuncargs);
  }
  return textOf(object);
}

import type { ColumnDef, Constraint, CreateFunctionStmt, Node, ViewStmt } from 'libpg-query';
import { type SqlNames, typeText } from './sql-names.js';

export const constraintsOf = ({ constraints = [] }: ColumnDef): Constraint[] =>
  constraints.flatMap((node) => ('Constraint' in node ? [node.Constraint] : []));

const givesValue = (column: ColumnDef): boolean =>
  constraintsOf(column).some(({ contype }) => contype === 'CONSTR_DEFAULT' || contype === 'CONSTR_IDENTITY' || contype === 'CONSTR_GENERATED');

/** What a function or a view answers with: the type, and the names of its columns. */
export interface Answer {
  readonly type: string;
  readonly columns: readonly string[];
}

/** What the migrations so far have made, as far as later ones are judged by it. */
export class SchemaMemory {
  readonly tables = new Set<string>();
  /** `schema.table.column` that has a value where an insert names none. */
  readonly defaults = new Set<string>();
  readonly answers = new Map<string, Answer>();

  constructor(private readonly names: SqlNames) {}

  /** Takes a statement in; call it in the order in which they run. */
  remember(node: Node): void {
    if ('CreateStmt' in node) {
      const table = this.names.relation(node.CreateStmt.relation);
      this.tables.add(table);
      for (const element of node.CreateStmt.tableElts ?? []) if ('ColumnDef' in element) this.rememberColumn(table, element.ColumnDef);
    }
    if ('AlterTableStmt' in node) {
      const table = this.names.relation(node.AlterTableStmt.relation);
      for (const entry of node.AlterTableStmt.cmds ?? []) {
        if (!('AlterTableCmd' in entry)) continue;
        const { subtype, def, name = '' } = entry.AlterTableCmd;
        if (subtype === 'AT_AddColumn' && def && 'ColumnDef' in def) this.rememberColumn(table, def.ColumnDef);
        if (subtype === 'AT_ColumnDefault') this.defaults[def ? 'add' : 'delete'](`${table}.${name}`);
      }
    }
    if ('CreateFunctionStmt' in node) this.answers.set(this.functionName(node.CreateFunctionStmt), answerOfFunction(node.CreateFunctionStmt));
    if ('ViewStmt' in node) this.answers.set(this.names.relation(node.ViewStmt.view), { type: 'view', columns: columnsOfView(node.ViewStmt) });
  }

  functionName = ({ funcname = [], parameters = [] }: CreateFunctionStmt): string => this.names.function(funcname, parameters);

  private rememberColumn(table: string, column: ColumnDef): void {
    if (givesValue(column)) this.defaults.add(`${table}.${column.colname ?? ''}`);
  }
}

function answerOfFunction({ parameters = [], returnType }: CreateFunctionStmt): Answer {
  const columns = parameters
    .flatMap((node) => ('FunctionParameter' in node ? [node.FunctionParameter] : []))
    .filter(({ mode }) => mode === 'FUNC_PARAM_TABLE' || mode === 'FUNC_PARAM_OUT' || mode === 'FUNC_PARAM_INOUT')
    .map(({ name = '' }) => name);
  // With columns the type says no more than how many there are.
  return { type: columns.length > 0 ? 'columns' : typeText(returnType), columns };
}

function columnsOfView({ query, aliases = [] }: ViewStmt): string[] {
  const named = aliases.flatMap((node) => ('String' in node ? [node.String.sval ?? ''] : []));
  const targets = query && 'SelectStmt' in query ? (query.SelectStmt.targetList ?? []) : [];
  return targets.map((node, index) => {
    const target = 'ResTarget' in node ? node.ResTarget : {};
    const last = target.val && 'ColumnRef' in target.val ? target.val.ColumnRef.fields?.at(-1) : undefined;
    return named[index] ?? target.name ?? (last && 'String' in last ? last.String.sval : undefined) ?? '*';
  });
}

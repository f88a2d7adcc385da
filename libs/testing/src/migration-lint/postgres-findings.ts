import { type AlterTableCmd, type AlterTableStmt, type Constraint, type DropStmt, type GrantStmt, type IndexStmt, type Node, type ObjectType, parse, type RenameStmt } from 'libpg-query';
import { contraction, type Finding } from './finding.js';
import { constraintsOf, SchemaMemory } from './schema-memory.js';
import { droppedName, SqlNames } from './sql-names.js';

/** What code may use by its name, and how many parts of a name say it without a schema. */
const used: Readonly<Partial<Record<ObjectType, number>>> = {
  OBJECT_TABLE: 1, OBJECT_VIEW: 1, OBJECT_MATVIEW: 1, OBJECT_SEQUENCE: 1, OBJECT_TYPE: 1, OBJECT_DOMAIN: 1,
  OBJECT_FUNCTION: 1, OBJECT_PROCEDURE: 1, OBJECT_SCHEMA: 0, OBJECT_POLICY: 2, OBJECT_TRIGGER: 2,
};
/** Names that no code sends. */
const unseen = new Set<ObjectType | undefined>(['OBJECT_INDEX', 'OBJECT_POLICY', 'OBJECT_TRIGGER', 'OBJECT_TABCONSTRAINT', 'OBJECT_RULE']);

const newConstraints: Readonly<Record<string, string>> = {
  CONSTR_CHECK: 'a check', CONSTR_UNIQUE: 'a unique constraint', CONSTR_PRIMARY: 'a primary key', CONSTR_FOREIGN: 'a foreign key', CONSTR_EXCLUSION: 'an exclusion',
};

/** What a schema's migrations do, one after another, that code of the release before may not survive. */
export class PostgresHistory {
  private readonly names: SqlNames;
  private readonly memory: SchemaMemory;

  constructor(schema: string) {
    this.names = new SqlNames(schema);
    this.memory = new SchemaMemory(this.names);
  }

  /** Findings in the next migration. */
  async next(statements: readonly string[]): Promise<Finding[]> {
    const nodes: Node[] = [];
    for (const sql of statements) for (const { stmt } of (await parse(sql)).stmts ?? []) if (stmt) nodes.push(stmt);
    const migration = new MigrationJudge(this.names, this.memory, nodes);
    return nodes.flatMap((node) => {
      const findings = migration.judge(node);
      this.memory.remember(node);
      return findings;
    });
  }
}

class MigrationJudge {
  /** Tables before this migration: of those that it makes itself nobody knows yet. */
  private readonly known: ReadonlySet<string>;
  private readonly answersBefore: ReadonlyMap<string, { readonly type: string; readonly columns: readonly string[] }>;
  /** What it makes, and what it drops: a thing that is in both is changed. */
  private readonly made: SchemaMemory;
  private readonly madeNames = new Set<string>();
  private readonly added = new Set<string>();
  private readonly dropped = new Set<string>();

  constructor(
    private readonly names: SqlNames,
    private readonly memory: SchemaMemory,
    nodes: readonly Node[],
  ) {
    this.known = new Set(memory.tables);
    this.answersBefore = new Map(memory.answers);
    this.made = new SchemaMemory(names);
    for (const node of nodes) {
      this.made.remember(node);
      if ('AlterTableStmt' in node) for (const column of addedColumns(node.AlterTableStmt)) this.added.add(`${names.relation(node.AlterTableStmt.relation)}.${column}`);
      if ('CreatePolicyStmt' in node) this.madeNames.add(`${names.relation(node.CreatePolicyStmt.table)}.${node.CreatePolicyStmt.policy_name ?? ''}`);
      if ('CreateTrigStmt' in node) this.madeNames.add(`${names.relation(node.CreateTrigStmt.relation)}.${node.CreateTrigStmt.trigname ?? ''}`);
    }
  }

  judge(node: Node): Finding[] {
    if ('DropStmt' in node) return this.drop(node.DropStmt);
    if ('RenameStmt' in node) return this.rename(node.RenameStmt);
    if ('AlterTableStmt' in node) return this.alterTable(node.AlterTableStmt);
    if ('IndexStmt' in node) return this.index(node.IndexStmt);
    if ('GrantStmt' in node) return this.revoke(node.GrantStmt);
    if ('TruncateStmt' in node) {
      const tables = (node.TruncateStmt.relations ?? []).flatMap((each) => ('RangeVar' in each ? [this.names.relation(each.RangeVar)] : []));
      return tables.filter((table) => this.known.has(table)).map((table) => contraction(table, 'is emptied'));
    }
    if ('AlterObjectSchemaStmt' in node) return [contraction(this.names.relation(node.AlterObjectSchemaStmt.relation), 'moves to another schema')];
    if ('AlterEnumStmt' in node && node.AlterEnumStmt.oldVal !== undefined) {
      return [contraction(this.names.qualified(node.AlterEnumStmt.typeName ?? []), `renames its value ${node.AlterEnumStmt.oldVal}`)];
    }
    if ('DoStmt' in node) return [{ kind: 'unreadable', object: 'do', why: 'a DO block hides its statements: write them as they are' }];
    return [];
  }

  private drop({ removeType, objects = [] }: DropStmt): Finding[] {
    const least = removeType && used[removeType];
    if (least === undefined) return [];
    return objects.flatMap((object) => {
      const name = droppedName(this.names, object, least);
      if (this.made.tables.has(name) && !this.known.has(name)) return [];
      if (this.madeNames.has(name)) return [];
      const before = this.answersBefore.get(name);
      const after = this.made.answers.get(name);
      if (!after) return [contraction(name, 'is dropped')];
      // Made and dropped again by this migration itself.
      if (!before && this.memory.answers.has(name)) return [];
      const gone = (before?.columns ?? []).filter((column) => !after.columns.includes(column));
      if (gone.length > 0) return [contraction(name, `no longer answers ${gone.join(', ')}`)];
      return before && before.type !== after.type ? [contraction(name, `answers ${after.type} instead of ${before.type}`)] : [];
    });
  }

  private rename({ renameType, relation, subname, object }: RenameStmt): Finding[] {
    if (unseen.has(renameType)) return [];
    const whole = relation ? this.names.relation(relation) : object ? droppedName(this.names, object, 1) : '';
    if (relation && !this.known.has(whole) && this.made.tables.has(whole)) return [];
    return [contraction(subname && relation ? `${whole}.${subname}` : whole, 'is renamed')];
  }

  private alterTable({ relation, cmds = [] }: AlterTableStmt): Finding[] {
    const table = this.names.relation(relation);
    if (!this.known.has(table)) return [];
    const commands = cmds.flatMap((node) => ('AlterTableCmd' in node ? [node.AlterTableCmd] : []));
    for (const { subtype, name } of commands) if (subtype === 'AT_DropConstraint') this.dropped.add(`${table}.${name ?? ''}`);
    return commands.flatMap((command) => this.alterColumn(table, command));
  }

  private alterColumn(table: string, { subtype, name = '', def }: AlterTableCmd): Finding[] {
    const column = `${table}.${name}`;
    switch (subtype) {
      case 'AT_DropColumn':
        return [contraction(column, 'is dropped')];
      case 'AT_AlterColumnType':
        return [contraction(column, 'changes its type: add a column of the new one, write both, and move over')];
      case 'AT_SetNotNull':
        return this.memory.defaults.has(column) ? [] : [contraction(column, 'must have a value, and has no default')];
      case 'AT_ColumnDefault':
        return def ? [] : [contraction(column, 'loses its default')];
      case 'AT_EnableRowSecurity':
        return [contraction(table, 'hides rows by policies')];
      case 'AT_AddColumn': {
        if (!def || !('ColumnDef' in def)) return [];
        const added = `${table}.${def.ColumnDef.colname ?? ''}`;
        const needed = constraintsOf(def.ColumnDef).some(({ contype }) => contype === 'CONSTR_NOTNULL' || contype === 'CONSTR_PRIMARY');
        return needed && !this.made.defaults.has(added) ? [contraction(added, 'is new, must have a value, and has no default')] : [];
      }
      case 'AT_AddConstraint': {
        if (!def || !('Constraint' in def)) return [];
        const { contype = '', conname = '' } = def.Constraint;
        const what = newConstraints[contype];
        // One that takes the place of another of its name usually allows more; what it allows is read by people.
        if (!what || this.dropped.has(`${table}.${conname}`)) return [];
        // Earlier code leaves new columns empty.
        if (constrained(def.Constraint).every((column) => this.added.has(`${table}.${column}`))) return [];
        return [contraction(`${table}.${conname}`, `is ${what} that earlier code doesn't know of`)];
      }
      default:
        return [];
    }
  }

  private index({ relation, concurrent, unique, idxname = '' }: IndexStmt): Finding[] {
    const table = this.names.relation(relation);
    if (!this.known.has(table)) return [];
    const narrows = unique ? [contraction(`${table}.${idxname}`, "is a unique index that earlier code doesn't know of")] : [];
    const why = `writers wait while ${idxname} is built: create it concurrently, alone, with \`transaction = false\``;
    return concurrent ? narrows : [...narrows, { kind: 'lock', object: table, why }];
  }

  private revoke({ is_grant: isGrant, grantees = [], objects = [] }: GrantStmt): Finding[] {
    const roles = grantees.flatMap((node) => ('RoleSpec' in node ? [node.RoleSpec.rolename ?? ''] : []));
    if (isGrant || !roles.some((role) => role.endsWith('_app'))) return [];
    return objects.map((node) => {
      const name = 'RangeVar' in node ? this.names.relation(node.RangeVar) : droppedName(this.names, node, 1);
      return contraction(name, `rights of ${roles.join(', ')} are taken away`);
    });
  }
}

const addedColumns = ({ cmds = [] }: AlterTableStmt): string[] =>
  cmds.flatMap((node) => {
    const def = 'AlterTableCmd' in node ? node.AlterTableCmd.def : undefined;
    return 'AlterTableCmd' in node && node.AlterTableCmd.subtype === 'AT_AddColumn' && def && 'ColumnDef' in def ? [def.ColumnDef.colname ?? ''] : [];
  });

/** Columns that a constraint of a table speaks of. */
function constrained({ raw_expr: expression, keys = [], fk_attrs: foreign = [] }: Constraint): string[] {
  const named = [...keys, ...foreign].flatMap((node) => ('String' in node ? [node.String.sval ?? ''] : []));
  const walk = (value: unknown): string[] => {
    if (Array.isArray(value)) return value.flatMap(walk);
    if (typeof value !== 'object' || value === null) return [];
    const fields: unknown = Reflect.get(value, 'ColumnRef');
    if (fields === undefined) return Object.values(value).flatMap(walk);
    return [...JSON.stringify(fields).matchAll(/"sval":"([^"]+)"/g)].map(([, name = '']) => name);
  };
  return [...named, ...walk(expression)];
}

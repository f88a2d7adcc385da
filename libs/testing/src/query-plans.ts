import type { Transaction } from '@atrium/platform/database';
import type { Pool } from 'pg';
import { z } from 'zod';

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string | undefined;
  readonly 'Index Name'?: string | undefined;
  readonly Plans?: readonly PlanNode[] | undefined;
}

const planNode: z.ZodType<PlanNode> = z.object({
  'Node Type': z.string(),
  'Relation Name': z.string().optional(),
  'Index Name': z.string().optional(),
  Plans: z.lazy(() => z.array(planNode)).optional(),
});
const explained = z.array(z.object({ 'QUERY PLAN': z.array(z.object({ Plan: planNode })) })).length(1);
const logged = z.object({ Plan: planNode });

/** How PostgreSQL reads for a statement. */
export interface QueryPlan {
  /** Tables that are read from end to end. */
  readonly scanned: readonly string[];
  readonly indexes: readonly string[];
}

const nodesOf = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)];

function planOf(root: PlanNode): QueryPlan {
  const nodes = nodesOf(root);
  return {
    scanned: nodes.flatMap((node) => (node['Node Type'].endsWith('Seq Scan') ? [node['Relation Name'] ?? ''] : [])),
    indexes: nodes.flatMap((node) => node['Index Name'] ?? []),
  };
}

/** The transaction, whose every statement leaves its plan in `plans`: as the role, the tenant and the values at hand. */
export function watched<Tx extends Transaction>(tx: Tx, plans: QueryPlan[]): Tx {
  const query = async (sql: string, values?: unknown[]): Promise<unknown> => {
    const [row] = explained.parse(await tx.manager.query(`explain (format json) ${sql}`, values));
    const root = row?.['QUERY PLAN'][0]?.Plan;
    if (root) plans.push(planOf(root));
    return tx.manager.query(sql, values);
  };
  const get = (target: Transaction['manager'], name: string | symbol): unknown =>
    name === 'query' ? query : Reflect.get(target, name);
  return { ...tx, manager: new Proxy(tx.manager, { get }) };
}

/**
 * Plans of what runs inside the functions that a statement calls, innermost first, and then its own. `settings` are those
 * that policies and functions read, such as `app.org_id`.
 */
export async function plansWithin(
  superuser: Pool,
  sql: string,
  values: readonly unknown[],
  settings: Readonly<Record<string, string>> = {},
): Promise<QueryPlan[]> {
  const client = await superuser.connect();
  const plans: QueryPlan[] = [];
  const note = ({ message }: { readonly message?: string | undefined }): void => {
    const at = message?.indexOf('plan:\n') ?? -1;
    if (at >= 0) plans.push(planOf(logged.parse(JSON.parse((message ?? '').slice(at + 'plan:\n'.length))).Plan));
  };
  try {
    await client.query(`load 'auto_explain'`);
    const watching = { 'auto_explain.log_nested_statements': 'on', 'auto_explain.log_format': 'json', client_min_messages: 'log' };
    await client.query('begin');
    for (const [name, value] of Object.entries({ ...settings, ...watching })) {
      await client.query(`select set_config($1, $2, true)`, [name, value]);
    }
    client.on('notice', note);
    await client.query(`set local auto_explain.log_min_duration = 0`);
    await client.query(sql, [...values]);
    await client.query('rollback');
    return plans;
  } finally {
    client.removeListener('notice', note);
    client.release(true);
  }
}

import { AsyncLocalStorage } from 'node:async_hooks';
import type { DataSource, EntityManager } from 'typeorm';
import { poolOf } from './pool-of.js';
import type { TenantTransaction, Transaction } from './tenant-transaction.js';

/** Settings that row-level security policies read; absent ones are cleared. */
export interface Scope {
  readonly orgId?: string;
  readonly userId?: string;
}

interface UnitOfWork {
  readonly scope: Scope;
  readonly manager: EntityManager;
}

/**
 * Units of work on a service's own schema. Each runs in one transaction that carries its tenant by `set_config(…, true)`
 * (transaction-local, so that a pooled connection never leaks it). A unit of work started inside another joins its
 * transaction: this is how an idempotency key or an inbox entry commits together with its effect. Units of work of
 * different scopes inside one transaction must be awaited one after the other.
 */
export class Database {
  private readonly current = new AsyncLocalStorage<UnitOfWork>();

  constructor(readonly dataSource: DataSource) {}

  /** Whether a unit of work is at hand, which whatever is asked for now joins. */
  get isInTransaction(): boolean {
    return this.current.getStore() !== undefined;
  }

  /** Runs `work` inside the organization; `userId` widens policies that also show people their own rows. */
  inTenant<T>(orgId: string, work: (tx: TenantTransaction) => Promise<T>): Promise<T> {
    return this.run({ orgId }, (manager) => work({ manager, orgId } as TenantTransaction));
  }

  /** Runs `work` for one person across organizations: policies that name `app.user_id` show their rows. */
  asUser<T>(userId: string, work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.run({ userId }, (manager) => work({ manager }));
  }

  /** Runs `work` without a tenant: tenant tables show no rows. */
  withoutTenant<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.run({}, (manager) => work({ manager }));
  }

  /** Runs `work` in a transaction without a tenant unless another instance is at it: then nothing is done, and undefined given. */
  alone<T>(job: string, work: (tx: Transaction) => Promise<T>): Promise<T | undefined> {
    return this.withoutTenant(async (tx) => {
      const lock = `select pg_try_advisory_xact_lock(hashtextextended($1, 0)) as free`;
      const [row] = await tx.manager.query<{ free: boolean }[]>(lock, [job]);
      return row?.free ? work(tx) : undefined;
    });
  }

  /**
   * One statement that is a transaction by itself, without a tenant: a single round trip. Joins the transaction at hand. By a
   * name, which belongs to this text alone, each connection parses it once: for the hottest paths.
   */
  async statement<Row extends object>(sql: string, parameters: readonly unknown[], name?: string): Promise<Row[]> {
    const joined = this.current.getStore();
    if (joined || name === undefined) return (joined ?? this.dataSource).manager.query<Row[]>(sql, [...parameters]);
    return (await poolOf(this.dataSource).query<Row>({ name, text: sql, values: [...parameters] })).rows;
  }

  private run<T>(scope: Scope, work: (manager: EntityManager) => Promise<T>): Promise<T> {
    const outer = this.current.getStore();
    if (outer) return this.runNested(outer, scope, work);
    return this.dataSource.transaction(async (manager) => {
      await setScope(manager, scope);
      return this.current.run({ scope, manager }, () => work(manager));
    });
  }

  /** Another tenant inside one transaction: founding an organization under an idempotency key, for one. */
  private async runNested<T>(outer: UnitOfWork, scope: Scope, work: (manager: EntityManager) => Promise<T>): Promise<T> {
    const { manager } = outer;
    if (outer.scope.orgId === scope.orgId && outer.scope.userId === scope.userId) return work(manager);
    await setScope(manager, scope);
    const result = await this.current.run({ scope, manager }, () => work(manager));
    // Not in a finally: after an error the transaction is aborted, and only rolling back is left.
    await setScope(manager, outer.scope);
    return result;
  }
}

const setScope = (manager: EntityManager, scope: Scope): Promise<unknown> =>
  manager.query(`select set_config('app.org_id', $1, true), set_config('app.user_id', $2, true)`, [
    scope.orgId ?? '',
    scope.userId ?? '',
  ]);

import type { EntityManager } from 'typeorm';

/** A transaction outside of any tenant: only tables without an organization are visible in it. */
export interface Transaction {
  readonly manager: EntityManager;
}

declare const tenant: unique symbol;

/**
 * A transaction inside one organization. Row-level security shows it that organization's rows alone, and repositories
 * take it as their first argument, so that a query without a tenant doesn't compile.
 */
export interface TenantTransaction extends Transaction {
  readonly orgId: string;
  readonly [tenant]: true;
}

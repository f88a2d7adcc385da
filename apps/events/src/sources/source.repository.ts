import { rowsOf, type TenantTransaction, type Transaction } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';
import type { SchemaMode, UnknownEvents } from '../catalog/judging-rule.js';

export interface SourceRow {
  readonly id: string;
  readonly site_id: string;
  readonly name: string;
  readonly write_key: string;
  readonly enabled: boolean;
  readonly schema_mode: SchemaMode;
  readonly unknown_events: UnknownEvents;
  readonly created_at: Date;
  readonly updated_at: Date;
}

/** What a write key stands for. */
export interface SourceOrigin {
  readonly org_id: string;
  readonly site_id: string;
  readonly source_id: string;
  readonly schema_mode: SchemaMode;
  readonly unknown_events: UnknownEvents;
}

export interface SourceChange {
  readonly name?: string;
  readonly enabled?: boolean;
  readonly writeKey?: string;
  readonly schemaMode?: SchemaMode | undefined;
  readonly unknownEvents?: UnknownEvents | undefined;
}

export interface NewSource {
  readonly id: string;
  readonly siteId: string;
  readonly name: string;
  readonly writeKey: string;
  readonly schemaMode?: SchemaMode | undefined;
  readonly unknownEvents?: UnknownEvents | undefined;
}

/** `'all'`, or the ids of the only sites that count. */
export type SiteScope = 'all' | readonly string[];

const columns = 'id, site_id, name, write_key, enabled, schema_mode, unknown_events, created_at, updated_at';
// $2 is the site scope; null for all sites.
const visible = 'org_id = $1 and ($2::uuid[] is null or site_id = any ($2::uuid[])) and deleted_at is null';
const listed = (scope: SiteScope) => (scope === 'all' ? null : scope);

@Injectable()
export class SourceRepository {
  list(tx: TenantTransaction, scope: SiteScope): Promise<SourceRow[]> {
    const sql = `select ${columns} from events.sources where ${visible} order by lower(name), id`;
    return rowsOf<SourceRow>(tx, sql, [tx.orgId, listed(scope)]);
  }

  async find(tx: TenantTransaction, scope: SiteScope, id: string): Promise<SourceRow | undefined> {
    const sql = `select ${columns} from events.sources where ${visible} and id = $3 for update`;
    return (await rowsOf<SourceRow>(tx, sql, [tx.orgId, listed(scope), id]))[0];
  }

  /** How those of the sources that are there judge events. */
  async rules(tx: TenantTransaction, ids: readonly string[]): Promise<ReadonlyMap<string, Pick<SourceRow, 'schema_mode' | 'unknown_events'>>> {
    const sql = `select id, schema_mode, unknown_events from events.sources where org_id = $1 and id = any ($2::uuid[]) and deleted_at is null`;
    const rows = await rowsOf<Pick<SourceRow, 'id' | 'schema_mode' | 'unknown_events'>>(tx, sql, [tx.orgId, ids]);
    return new Map(rows.map((row) => [row.id, row]));
  }

  async add(tx: TenantTransaction, source: NewSource): Promise<SourceRow> {
    const [row] = await rowsOf<SourceRow>(
      tx,
      `insert into events.sources (org_id, id, site_id, name, write_key, schema_mode, unknown_events)
       values ($1, $2, $3, $4, $5, coalesce($6, 'off'), coalesce($7, 'allow')) returning ${columns}`,
      [tx.orgId, source.id, source.siteId, source.name, source.writeKey, source.schemaMode ?? null, source.unknownEvents ?? null],
    );
    if (!row) throw new Error('An inserted source was not returned.');
    return row;
  }

  async change(tx: TenantTransaction, scope: SiteScope, id: string, change: SourceChange): Promise<SourceRow | undefined> {
    const sql = `update events.sources
      set name = coalesce($4, name), enabled = coalesce($5, enabled), write_key = coalesce($6, write_key),
        schema_mode = coalesce($7, schema_mode), unknown_events = coalesce($8, unknown_events), updated_at = now()
      where ${visible} and id = $3 returning ${columns}`;
    const values = [tx.orgId, listed(scope), id, change.name ?? null, change.enabled ?? null, change.writeKey ?? null, change.schemaMode ?? null, change.unknownEvents ?? null];
    return (await rowsOf<SourceRow>(tx, sql, values))[0];
  }

  async delete(tx: TenantTransaction, scope: SiteScope, id: string): Promise<void> {
    const sql = `update events.sources set deleted_at = now(), updated_at = now() where ${visible} and id = $3`;
    await rowsOf(tx, sql, [tx.orgId, listed(scope), id]);
  }

  /** Across organizations, by the bootstrap function; undefined for unknown, disabled and deleted ones. */
  async findByWriteKey(tx: Transaction, writeKey: string): Promise<SourceOrigin | undefined> {
    const sql = 'select org_id, site_id, source_id, schema_mode, unknown_events from events.find_source_by_write_key($1)';
    return (await rowsOf<SourceOrigin>(tx, sql, [writeKey]))[0];
  }
}

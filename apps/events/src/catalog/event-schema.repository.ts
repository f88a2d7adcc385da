import { schemaLimits } from '@atrium/contracts/events';
import { findRow, rowsOf, type TenantTransaction } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';

export type JsonSchema = Readonly<Record<string, unknown>>;

export interface SchemaRow {
  readonly name: string;
  readonly version: number;
  readonly description: string | null;
  readonly created_at: Date;
  readonly updated_at: Date;
}

export interface SchemaVersionRow {
  readonly version: number;
  readonly schema: JsonSchema;
  readonly created_at: Date;
}

export interface CatalogSize {
  readonly schemas: number;
  readonly bytes: number;
}

export interface NewSchema {
  readonly name: string;
  readonly schema: JsonSchema;
  readonly description?: string | null | undefined;
}

const columns = 'name, version, description, created_at, updated_at';

@Injectable()
export class EventSchemaRepository {
  list(tx: TenantTransaction): Promise<SchemaRow[]> {
    const sql = `select ${columns} from events.schemas where org_id = $1 and deleted_at is null order by lower(name), name`;
    return rowsOf<SchemaRow>(tx, sql, [tx.orgId]);
  }

  /** How much the catalog holds; `bytes` of the present versions. */
  async size(tx: TenantTransaction): Promise<CatalogSize> {
    const sql = `
      select count(*)::int as schemas, coalesce(sum(octet_length(v.schema::text)), 0)::int as bytes
      from events.schemas s join events.schema_versions v on v.org_id = s.org_id and v.name = s.name and v.version = s.version
      where s.org_id = $1 and s.deleted_at is null`;
    return (await findRow<CatalogSize>(tx, sql, [tx.orgId])) ?? { schemas: 0, bytes: 0 };
  }

  find(tx: TenantTransaction, name: string): Promise<SchemaRow | undefined> {
    const sql = `select ${columns} from events.schemas where org_id = $1 and name = $2 and deleted_at is null`;
    return findRow<SchemaRow>(tx, sql, [tx.orgId, name]);
  }

  /** Newest first. */
  versions(tx: TenantTransaction, name: string): Promise<SchemaVersionRow[]> {
    const sql = `select version, schema, created_at from events.schema_versions where org_id = $1 and name = $2 order by version desc`;
    return rowsOf<SchemaVersionRow>(tx, sql, [tx.orgId, name]);
  }

  async findVersion(tx: TenantTransaction, name: string, version: number): Promise<JsonSchema | undefined> {
    const sql = 'select schema from events.schema_versions where org_id = $1 and name = $2 and version = $3';
    return (await findRow<{ schema: JsonSchema }>(tx, sql, [tx.orgId, name, version]))?.schema;
  }

  /** Undefined when the catalog has the name already. A deleted one goes on with its next version. */
  async add(tx: TenantTransaction, { name, schema, description }: NewSchema): Promise<SchemaRow | undefined> {
    const row = await findRow<SchemaRow>(
      tx,
      `insert into events.schemas as held (org_id, name, version, description) values ($1, $2, 1, $3)
       on conflict (org_id, name) do update
         set version = held.version + 1, description = excluded.description, created_at = now(), updated_at = now(), deleted_at = null
         where held.deleted_at is not null
       returning ${columns}`,
      [tx.orgId, name, description ?? null],
    );
    if (row) await this.addVersion(tx, row, schema);
    return row;
  }

  /** Undefined when the version is no longer the present one. */
  async replace(tx: TenantTransaction, version: number, { name, schema, description }: NewSchema): Promise<SchemaRow | undefined> {
    const row = await findRow<SchemaRow>(
      tx,
      `update events.schemas
       set version = version + 1, description = case when $4 then $5 else description end, updated_at = now()
       where org_id = $1 and name = $2 and version = $3 and deleted_at is null returning ${columns}`,
      [tx.orgId, name, version, description !== undefined, description ?? null],
    );
    if (row) await this.addVersion(tx, row, schema);
    return row;
  }

  /** False when there is none. */
  async delete(tx: TenantTransaction, name: string): Promise<boolean> {
    const sql = `update events.schemas set deleted_at = now(), updated_at = now()
      where org_id = $1 and name = $2 and deleted_at is null returning name`;
    return (await rowsOf(tx, sql, [tx.orgId, name])).length > 0;
  }

  private async addVersion(tx: TenantTransaction, { name, version }: SchemaRow, schema: JsonSchema): Promise<void> {
    const sql = 'insert into events.schema_versions (org_id, name, version, schema) values ($1, $2, $3, $4)';
    await rowsOf(tx, sql, [tx.orgId, name, version, JSON.stringify(schema)]);
    const old = 'delete from events.schema_versions where org_id = $1 and name = $2 and version <= $3';
    await rowsOf(tx, old, [tx.orgId, name, version - schemaLimits.versions]);
  }
}

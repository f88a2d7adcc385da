import type { MemberPrincipal, Versioned } from '@atrium/contract-kit';
import { type EventSchema, type EventSchemaSummary, schemaLimits } from '@atrium/contracts/events';
import { AuditTrail } from '@atrium/platform/audit';
import { Database, type TenantTransaction } from '@atrium/platform/database';
import { DomainError, invalidField, notFound } from '@atrium/platform/errors';
import { Inject, Injectable } from '@nestjs/common';
import { CatalogDirectory } from './catalog-directory.js';
import { compileSchema } from './compile-schema.js';
import { EventSchemaRepository, type JsonSchema, type NewSchema, type SchemaRow } from './event-schema.repository.js';
import { SchemaFault } from './schema-fault.js';

type Answer = Promise<Versioned<EventSchema>>;

const toSummary = ({ created_at, updated_at, ...row }: SchemaRow): EventSchemaSummary => ({
  ...row,
  created_at: created_at.toISOString(),
  updated_at: updated_at.toISOString(),
});

/** Throws VALIDATION_ERROR with the path of the fault. */
function requireSound(schema: JsonSchema): void {
  try {
    compileSchema(schema);
  } catch (error) {
    if (!(error instanceof SchemaFault)) throw error;
    throw invalidField(error.path === '' ? 'schema' : `schema.${error.path}`.slice(0, 300), error.message);
  }
}

/** The event catalog: a JSON Schema for each event, by its name. */
@Injectable()
export class EventSchemaService {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(EventSchemaRepository) private readonly schemas: EventSchemaRepository,
    @Inject(CatalogDirectory) private readonly directory: CatalogDirectory,
    @Inject(AuditTrail) private readonly audit: AuditTrail,
  ) {}

  async list({ orgId }: MemberPrincipal): Promise<{ data: EventSchemaSummary[] }> {
    const rows = await this.database.inTenant(orgId, (tx) => this.schemas.list(tx));
    return { data: rows.map(toSummary) };
  }

  get({ orgId }: MemberPrincipal, name: string): Answer {
    return this.database.inTenant(orgId, async (tx) => this.shown(tx, await this.require(tx, name)));
  }

  /** Throws VALIDATION_ERROR, CONFLICT. */
  create({ orgId }: MemberPrincipal, added: NewSchema): Promise<EventSchema> {
    requireSound(added.schema);
    return this.changing(orgId, async (tx) => {
      const row = await this.schemas.add(tx, added);
      if (!row) throw new DomainError('CONFLICT', 'The catalog has a schema of that name already.');
      await this.requireRoom(tx);
      await this.record(tx, 'event_schema.created', row);
      return (await this.shown(tx, row)).body;
    });
  }

  /** Throws VALIDATION_ERROR, NOT_FOUND, PRECONDITION_FAILED. */
  replace({ orgId }: MemberPrincipal, version: number, replaced: NewSchema): Answer {
    requireSound(replaced.schema);
    return this.changing(orgId, async (tx) => {
      await this.require(tx, replaced.name);
      const row = await this.schemas.replace(tx, version, replaced);
      if (!row) throw new DomainError('PRECONDITION_FAILED');
      await this.requireRoom(tx);
      await this.record(tx, 'event_schema.updated', row);
      return this.shown(tx, row);
    });
  }

  async delete({ orgId }: MemberPrincipal, name: string): Promise<void> {
    await this.changing(orgId, async (tx) => {
      const row = await this.require(tx, name);
      await this.schemas.delete(tx, name);
      await this.record(tx, 'event_schema.deleted', row);
    });
  }

  private async changing<T>(orgId: string, work: (tx: TenantTransaction) => Promise<T>): Promise<T> {
    const answer = await this.database.inTenant(orgId, work);
    this.directory.forget(orgId);
    return answer;
  }

  /** Several changes at once may end a little above the limits, which are there for what compiled schemas take together. */
  private async requireRoom(tx: TenantTransaction): Promise<void> {
    const { schemas, bytes } = await this.schemas.size(tx);
    const { perOrganization, organizationBytes } = schemaLimits;
    if (schemas <= perOrganization && bytes <= organizationBytes) return;
    throw new DomainError('CONFLICT', `A catalog holds ${perOrganization} schemas and ${organizationBytes} bytes at most.`);
  }

  private async require(tx: TenantTransaction, name: string): Promise<SchemaRow> {
    const row = await this.schemas.find(tx, name);
    if (!row) throw notFound('schema');
    return row;
  }

  private async shown(tx: TenantTransaction, row: SchemaRow): Answer {
    const versions = await this.schemas.versions(tx, row.name);
    const schema = versions[0]?.schema ?? {};
    const before = versions.map(({ created_at, ...version }) => ({ ...version, created_at: created_at.toISOString() }));
    return { version: row.version, body: { ...toSummary(row), schema, versions: before } };
  }

  private record(tx: TenantTransaction, action: string, { name, version }: SchemaRow): Promise<void> {
    return this.audit.inOrganization(tx, { action, resource: { type: 'event_schema', id: name }, details: { version } });
  }
}

import { type MemberPrincipal, sitesWhere } from '@atrium/contract-kit';
import type { Source } from '@atrium/contracts/events';
import { type AuditRecord, AuditTrail } from '@atrium/platform/audit';
import { requireAtSite } from '@atrium/platform/auth-guard';
import { Database, newId, type TenantTransaction } from '@atrium/platform/database';
import { notFound } from '@atrium/platform/errors';
import { SiteDirectory } from '@atrium/site-directory';
import { Inject, Injectable } from '@nestjs/common';
import type { SchemaMode, UnknownEvents } from '../catalog/judging-rule.js';
import { toSource } from './source.mapper.js';
import { type SourceChange, SourceRepository, type SourceRow } from './source.repository.js';
import { WriteKeyDirectory } from './write-key-directory.js';
import { newWriteKey } from './write-key.js';

const read = 'sources.read';

interface Judging {
  readonly schema_mode?: SchemaMode | undefined;
  readonly unknown_events?: UnknownEvents | undefined;
}
const judgingOf = ({ schema_mode, unknown_events }: Judging) => ({ schemaMode: schema_mode, unknownEvents: unknown_events });

/** Event sources. Whoever doesn't see a source's site doesn't see the source. */
@Injectable()
export class SourceService {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(SourceRepository) private readonly sources: SourceRepository,
    @Inject(SiteDirectory) private readonly sites: SiteDirectory,
    @Inject(WriteKeyDirectory) private readonly writeKeys: WriteKeyDirectory,
    @Inject(AuditTrail) private readonly audit: AuditTrail,
  ) {}

  async list(principal: MemberPrincipal): Promise<{ data: Source[] }> {
    const rows = await this.database.inTenant(principal.orgId, (tx) => this.sources.list(tx, sitesWhere(principal, read)));
    return { data: rows.map(toSource) };
  }

  async create(principal: MemberPrincipal, source: Judging & { readonly name: string; readonly site_id: string }): Promise<Source> {
    requireAtSite(principal, { read, act: 'sources.create' }, source.site_id, 'site');
    await this.sites.require(principal.orgId, source.site_id);
    const added = { id: newId(), siteId: source.site_id, name: source.name, writeKey: newWriteKey(), ...judgingOf(source) };
    const row = await this.database.inTenant(principal.orgId, async (tx) => {
      const created = await this.sources.add(tx, added);
      await this.record(tx, 'source.created', created, { after: shown(created) });
      return created;
    });
    return toSource(row);
  }

  update(principal: MemberPrincipal, id: string, change: Judging & { readonly name?: string; readonly enabled?: boolean }): Promise<Source> {
    const { name, enabled } = change;
    const own = { ...(name === undefined ? {} : { name }), ...(enabled === undefined ? {} : { enabled }) };
    return this.change(principal, id, 'source.updated', { ...own, ...judgingOf(change) });
  }

  rotate(principal: MemberPrincipal, id: string): Promise<Source> {
    return this.change(principal, id, 'source.key_rotated', { writeKey: newWriteKey() });
  }

  async delete(principal: MemberPrincipal, id: string): Promise<void> {
    const { write_key } = await this.database.inTenant(principal.orgId, async (tx) => {
      const found = await this.get(tx, principal, 'sources.delete', id);
      await this.sources.delete(tx, sitesWhere(principal, read), id);
      await this.record(tx, 'source.deleted', found, { before: shown(found) });
      return found;
    });
    this.writeKeys.forget(write_key);
  }

  private async change(principal: MemberPrincipal, id: string, action: string, change: SourceChange): Promise<Source> {
    const { before, after } = await this.database.inTenant(principal.orgId, async (tx) => {
      const found = await this.get(tx, principal, 'sources.update', id);
      const changed = await this.sources.change(tx, sitesWhere(principal, read), id, change);
      if (!changed) throw notFound('source');
      await this.record(tx, action, changed, { before: shown(found), after: shown(changed) });
      return { before: found, after: changed };
    });
    this.writeKeys.forget(before.write_key);
    return toSource(after);
  }

  private record(tx: TenantTransaction, action: string, { id, site_id }: SourceRow, change: Partial<AuditRecord>): Promise<void> {
    return this.audit.inOrganization(tx, { ...change, action, resource: { type: 'source', id }, site_id });
  }

  private async get(tx: TenantTransaction, principal: MemberPrincipal, permission: string, id: string): Promise<SourceRow> {
    const source = await this.sources.find(tx, sitesWhere(principal, read), id);
    if (!source) throw notFound('source');
    requireAtSite(principal, { read, act: permission }, source.site_id, 'source');
    return source;
  }
}

/** Without the write key. */
const shown = ({ name, enabled, schema_mode, unknown_events }: SourceRow) => ({ name, enabled, schema_mode, unknown_events });

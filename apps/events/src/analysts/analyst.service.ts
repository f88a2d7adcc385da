import { randomBytes } from 'node:crypto';
import type { MemberPrincipal } from '@atrium/contract-kit';
import { type Analyst, maxAnalysts, type NewAnalyst } from '@atrium/contracts/events';
import { AuditTrail } from '@atrium/platform/audit';
import { Database, newId, type TenantTransaction } from '@atrium/platform/database';
import { DomainError, notFound } from '@atrium/platform/errors';
import { SiteDirectory } from '@atrium/site-directory';
import { Inject, Injectable } from '@nestjs/common';
import { AnalystDirectory, sha256 } from './analyst-directory.js';
import { type AnalystRow, AnalystRepository } from './analyst.repository.js';

/** Dependency-injection token of the URL at which tools connect; undefined where they can't. */
export const ANALYSTS_URL = Symbol('AnalystsUrl');

/** 192 random bits in base64url. */
const newPassword = (): string => randomBytes(24).toString('base64url');
const letters = 'abcdefghijklmnopqrstuvwxyz012345';
/** 100 random bits, in letters that every tool takes. */
const newUsername = (): string => `analyst_${Array.from(randomBytes(20), (byte) => letters[byte & 31]).join('')}`;

/** Accounts with which tools read one organization's events. */
@Injectable()
export class AnalystService {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(AnalystRepository) private readonly analysts: AnalystRepository,
    @Inject(AnalystDirectory) private readonly directory: AnalystDirectory,
    @Inject(SiteDirectory) private readonly sites: SiteDirectory,
    @Inject(AuditTrail) private readonly audit: AuditTrail,
    @Inject(ANALYSTS_URL) private readonly url: URL | undefined,
  ) {}

  async list({ orgId }: MemberPrincipal): Promise<{ data: Analyst[] }> {
    const rows = await this.database.inTenant(orgId, (tx) => this.analysts.list(tx));
    return { data: rows.length === 0 ? [] : rows.map((row) => this.shown(row)) };
  }

  async create({ orgId }: MemberPrincipal, { name, site_id }: { readonly name: string; readonly site_id?: string }): Promise<NewAnalyst> {
    this.requireUrl();
    if (site_id !== undefined) await this.sites.require(orgId, site_id);
    const password = newPassword();
    const added = { id: newId(), siteId: site_id ?? null, name, username: newUsername(), passwordSha256: sha256(password) };
    const row = await this.database.inTenant(orgId, async (tx) => {
      if ((await this.analysts.count(tx)) >= maxAnalysts) throw new DomainError('CONFLICT', `The organization has ${maxAnalysts} accounts already.`);
      const created = await this.analysts.add(tx, added);
      await this.record(tx, 'analyst.created', created);
      return created;
    });
    return { ...this.shown(row), password };
  }

  async rotate({ orgId }: MemberPrincipal, id: string): Promise<NewAnalyst> {
    this.requireUrl();
    const password = newPassword();
    const row = await this.change(orgId, 'analyst.password_rotated', (tx) => this.analysts.rotate(tx, id, sha256(password)));
    return { ...this.shown(row), password };
  }

  async delete({ orgId }: MemberPrincipal, id: string): Promise<void> {
    await this.change(orgId, 'analyst.deleted', (tx) => this.analysts.delete(tx, id));
  }

  private async change(orgId: string, action: string, change: (tx: TenantTransaction) => Promise<AnalystRow | undefined>): Promise<AnalystRow> {
    const row = await this.database.inTenant(orgId, async (tx) => {
      const changed = await change(tx);
      if (!changed) throw notFound('analyst');
      await this.record(tx, action, changed);
      return changed;
    });
    this.directory.forget(row.username);
    return row;
  }

  private record(tx: TenantTransaction, action: string, { id, name, username, site_id }: AnalystRow): Promise<void> {
    return this.audit.inOrganization(tx, { action, resource: { type: 'analyst', id }, site_id, details: { name, username } });
  }

  private requireUrl(): URL {
    if (!this.url) throw new DomainError('UPSTREAM_UNAVAILABLE', 'Direct access is not set up on this platform.', { retryAfterSeconds: 3_600 });
    return this.url;
  }

  /** Without the hash of the password. */
  private shown({ created_at, rotated_at, ...row }: AnalystRow): Analyst {
    const url = this.requireUrl();
    const secure = url.protocol === 'https:';
    return {
      ...{ id: row.id, name: row.name, username: row.username, site_id: row.site_id },
      ...{ url: url.origin, host: url.hostname, port: Number(url.port) || (secure ? 443 : 80), secure, database: 'analytics' },
      ...{ created_at: created_at.toISOString(), rotated_at: rotated_at?.toISOString() ?? null },
    };
  }
}

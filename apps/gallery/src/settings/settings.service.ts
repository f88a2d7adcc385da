import type { MemberPrincipal, Versioned } from '@atrium/contract-kit';
import type { GallerySettings } from '@atrium/contracts/gallery';
import { AuditTrail } from '@atrium/platform/audit';
import { Database } from '@atrium/platform/database';
import { DomainError } from '@atrium/platform/errors';
import { Injectable } from '@nestjs/common';
import { type ChosenSettings, SettingsRepository, type SettingsRow } from './settings.repository.js';

const shown = ({ version, updated_at, ...chosen }: SettingsRow): Versioned<GallerySettings> => ({
  version,
  body: {
    allowed_content_types: [...chosen.allowed_content_types],
    strip_original_metadata: chosen.strip_original_metadata,
    updated_at: updated_at?.toISOString() ?? null,
  },
});
const recorded = ({ allowed_content_types, strip_original_metadata }: ChosenSettings) => ({
  allowed_content_types: [...allowed_content_types],
  strip_original_metadata,
});

/** What an organization chooses about its files. */
@Injectable()
export class SettingsService {
  constructor(
    private readonly database: Database,
    private readonly settings: SettingsRepository,
    private readonly audit: AuditTrail,
  ) {}

  async get({ orgId }: MemberPrincipal): Promise<Versioned<GallerySettings>> {
    return shown(await this.database.inTenant(orgId, (tx) => this.settings.get(tx)));
  }

  replace({ orgId }: MemberPrincipal, version: number, chosen: ChosenSettings): Promise<Versioned<GallerySettings>> {
    return this.database.inTenant(orgId, async (tx) => {
      const before = await this.settings.get(tx);
      const after = await this.settings.replace(tx, version, chosen);
      if (!after) throw new DomainError('PRECONDITION_FAILED');
      const change = { before: recorded(before), after: recorded(after) };
      await this.audit.inOrganization(tx, { action: 'gallery.settings_replaced', resource: { type: 'organization', id: orgId }, ...change });
      return shown(after);
    });
  }
}

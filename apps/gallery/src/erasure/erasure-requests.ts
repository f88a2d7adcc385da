import type { DataOf, DomainEventEnvelope } from '@atrium/contract-kit';
import { memberErased } from '@atrium/contracts/domain-events';
import { Database, type Transaction } from '@atrium/platform/database';
import { OnDomainEvent } from '@atrium/platform/messaging';
import { Injectable } from '@nestjs/common';
import { AlbumRepository } from '../albums/album.repository.js';
import { ShareRepository } from '../shares/share.repository.js';
import { ErasureRepository } from './erasure.repository.js';

/** Hears that a person is to be forgotten: their shares end at once. The worker, who may touch objects, does the rest. */
@Injectable()
export class ErasureRequests {
  constructor(
    private readonly database: Database,
    private readonly erasures: ErasureRepository,
    private readonly shares: ShareRepository,
    private readonly albums: AlbumRepository,
  ) {}

  @OnDomainEvent(memberErased)
  async onMemberErased(data: DataOf<typeof memberErased>, _tx: Transaction, envelope: DomainEventEnvelope): Promise<void> {
    const { user_id: userId } = data;
    const until = envelope.occurred_at;
    await this.database.inTenant(data.org_id, async (tx) => {
      await this.erasures.request(tx, userId, until);
      await this.shares.deleteOfCreator(tx, userId, until);
      await this.albums.forgetCreator(tx, userId, until);
    });
  }
}

import type { MemberPrincipal } from '@atrium/contract-kit';
import { type BatchVerdict, galleryEndpoints } from '@atrium/contracts/gallery';
import { ACCESS_LOG, AccessDeniedError, type AccessLog, actorOf } from '@atrium/platform/auth-guard';
import { Inject, Injectable } from '@nestjs/common';
import type { AssetEntity } from './asset.entity.js';
import { notThere, refused } from './batch-verdicts.js';

type Rule = (principal: MemberPrincipal, asset: AssetEntity) => void;

/** What one batch was denied: a verdict for each item, and a line in the access log for each permission that was missing. */
class DenialsOfBatch {
  private readonly met = new Map<string, { readonly error: AccessDeniedError; count: number }>();

  constructor(
    private readonly principal: MemberPrincipal,
    private readonly log: AccessLog,
  ) {}

  /** Undefined where the rule allows it. */
  verdict(asset: AssetEntity, rule: Rule): BatchVerdict | undefined {
    try {
      rule(this.principal, asset);
      return undefined;
    } catch (error) {
      if (!(error instanceof AccessDeniedError)) throw error;
      const key = `${error.code} ${error.permission}`;
      const entry = this.met.get(key) ?? { error, count: 0 };
      entry.count += 1;
      this.met.set(key, entry);
      return error.code === 'NOT_FOUND' ? notThere(asset.id) : refused(asset.id, 'FORBIDDEN');
    }
  }

  report(): void {
    const { userId, orgId } = this.principal;
    for (const { error, count } of this.met.values()) {
      const { code, permission } = error;
      const reason = `${count} assets of a batch; the first: ${error.reason}`;
      this.log.denied({ code, permission, operation: galleryEndpoints.batchAssets.operationId, userId, actor: actorOf(this.principal), orgId, reason });
    }
  }
}

/** Denials inside a batch are no errors of its request, so that nobody else would log them. */
@Injectable()
export class BatchDenials {
  constructor(@Inject(ACCESS_LOG) private readonly log: AccessLog) {}

  of(principal: MemberPrincipal): DenialsOfBatch {
    return new DenialsOfBatch(principal, this.log);
  }
}

import { AsyncLocalStorage } from 'node:async_hooks';
import { LOGGER } from '@atrium/platform/context';
import { DomainError } from '@atrium/platform/errors';
import { isGivenUp, isUnavailable } from '@atrium/platform/http';
import type { Logger } from '@atrium/platform/logging';
import { Inject, Injectable } from '@nestjs/common';
import { StorageQuotas } from '../quotas/storage-quotas.js';
import { type Beginning, UploadRepository, type Verdict } from './upload.repository.js';

interface Waiting {
  readonly beginning: Beginning;
  readonly since: number;
  resolve(verdict: Verdict): void;
  reject(error: unknown): void;
}

/** Of one organization. */
interface Line {
  waiting: Waiting[];
  /** When the statement began that is under way. */
  busySince: number;
}

const maxGroup = 100;
/** Ten statements' worth: whoever comes then would wait for seconds. */
const maxWaiting = 10 * maxGroup;
/** Milliseconds after which nobody else joins a line whose statement has no answer: as long as one waits for a connection. */
const patience = 3_000;

/**
 * Group commit: uploads of one organization, which take its room one after the other anyway, share a statement and a
 * transaction when they come while another of theirs is under way. The first one waits for nothing. An organization has one
 * statement under way, and so holds one connection, however much it asks for.
 */
@Injectable()
export class UploadGroups {
  /** Of organizations with a statement under way. */
  private readonly lines = new Map<string, Line>();
  /** A group must not join the transaction or the context of whoever happened to come first. */
  private readonly outside = AsyncLocalStorage.snapshot();

  constructor(
    private readonly uploads: UploadRepository,
    private readonly quotas: StorageQuotas,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Outside of a transaction alone. @throws UPSTREAM_UNAVAILABLE while the database doesn't answer */
  begin(beginning: Beginning): Promise<Verdict> {
    const { orgId } = beginning.asset;
    return new Promise((resolve, reject) => {
      const one = { beginning, since: performance.now(), resolve, reject };
      const line = this.lines.get(orgId);
      if (!line) this.outside(() => void this.work(orgId, one));
      else if (line.waiting.length < maxWaiting && performance.now() - line.busySince < patience) line.waiting.push(one);
      else reject(unanswered());
    });
  }

  private async work(orgId: string, first: Waiting): Promise<void> {
    const line: Line = { waiting: [first], busySince: 0 };
    this.lines.set(orgId, line);
    while (line.waiting.length > 0) {
      const group = line.waiting.splice(0, maxGroup).filter(isInTime);
      if (group.length === 0) continue;
      line.busySince = performance.now();
      await this.write(orgId, group);
    }
    this.lines.delete(orgId);
  }

  /** Never rejects: each of the group hears what became of it. */
  private async write(orgId: string, group: readonly Waiting[]): Promise<void> {
    try {
      const verdicts = await this.uploads.begin(orgId, group.map(({ beginning }) => beginning), this.quotas.defaults);
      verdicts.forEach((verdict, index) => group[index]?.resolve(verdict));
    } catch (error) {
      await this.fail(orgId, group, error);
    }
  }

  /** Nothing was written. What one of them is to blame for is found by asking for each alone. */
  private async fail(orgId: string, group: readonly Waiting[], error: unknown): Promise<void> {
    if (group.length === 1 || isUnavailable(error) || isGivenUp(error)) {
      for (const { reject } of group) reject(error);
      return;
    }
    this.logger.warn({ err: error, uploads: group.length }, 'Uploads could not be begun together; trying each alone.');
    for (const one of group) await this.write(orgId, [one]);
  }
}

const unanswered = (): DomainError =>
  new DomainError('UPSTREAM_UNAVAILABLE', undefined, { detail: 'uploads before this one have no answer', retryAfterSeconds: 2 });

/** Tells one that has waited too long: statements that fail late one after the other would keep it for minutes. */
function isInTime({ since, reject }: Waiting): boolean {
  const inTime = performance.now() - since < 2 * patience;
  if (!inTime) reject(unanswered());
  return inTime;
}

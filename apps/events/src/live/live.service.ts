import type { FileBody, InputOf, MemberPrincipal } from '@atrium/contract-kit';
import type { eventsEndpoints } from '@atrium/contracts/events';
import { REVOCATIONS, type Revocations } from '@atrium/platform/auth-guard';
import { LOGGER } from '@atrium/platform/context';
import { DomainError } from '@atrium/platform/errors';
import type { Logger } from '@atrium/platform/logging';
import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import { sitesAsked } from '../queries/event-filter.js';
import { checkAccessEvery, heartbeatEvery, maxStreams, pollEvery, resumeSeconds } from './live-limits.js';
import { LiveSource } from './live-source.js';
import { LiveStream } from './live-stream.js';
import { OrganizationTail } from './organization-tail.js';

type Input = Pick<InputOf<typeof eventsEndpoints.liveEvents>, 'principal' | 'query' | 'lastEventId'>;

interface Tail {
  readonly tail: OrganizationTail;
  /** Streams, those that are just beginning included. */
  readonly principals: Map<LiveStream, MemberPrincipal>;
  readonly timers: NodeJS.Timeout[];
  /** Remembers for a while what was seen, for those who come back. */
  linger?: NodeJS.Timeout;
}

/** Streams of new events: one look a second for each organization that anybody watches. */
@Injectable()
export class LiveService implements BeforeApplicationShutdown {
  private readonly tails = new Map<string, Tail>();
  private closing = false;

  constructor(
    @Inject(LiveSource) private readonly source: LiveSource,
    @Inject(REVOCATIONS) private readonly revocations: Revocations,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Throws NOT_FOUND for a site that isn't seen, RATE_LIMITED, UPSTREAM_UNAVAILABLE. */
  async stream({ principal, query, lastEventId }: Input): Promise<FileBody> {
    const filter = { events: query.event, sites: sitesAsked(principal, query.site_id) };
    if (this.closing) throw new DomainError('UPSTREAM_UNAVAILABLE', undefined, { retryAfterSeconds: 1 });
    const watched = this.watched(principal.orgId);
    if (watched.principals.size >= maxStreams) {
      throw new DomainError('RATE_LIMITED', `${maxStreams} streams of an organization may be open at a time.`, { retryAfterSeconds: 5 });
    }
    const stream: LiveStream = new LiveStream(filter, () => this.leave(principal.orgId, stream));
    watched.principals.set(stream, principal);
    try {
      await watched.tail.join(stream, lastEventId);
    } catch (error) {
      this.leave(principal.orgId, stream);
      throw error;
    }
    return stream;
  }

  /** Before the server waits for requests to end: these never would. */
  beforeApplicationShutdown(): void {
    this.closing = true;
    for (const [orgId, { principals, timers, linger }] of this.tails) {
      for (const stream of principals.keys()) stream.end('service_restarts');
      timers.forEach(clearInterval);
      clearTimeout(linger);
      this.tails.delete(orgId);
    }
  }

  private watched(orgId: string): Tail {
    const known: Tail = this.tails.get(orgId) ?? { tail: new OrganizationTail(orgId, this.source), principals: new Map(), timers: [] };
    this.tails.set(orgId, known);
    clearTimeout(known.linger);
    if (known.timers.length === 0) {
      known.timers.push(
        setInterval(() => this.look(known.tail), pollEvery),
        setInterval(() => this.checkAccess(known), checkAccessEvery),
        setInterval(() => known.tail.streams.forEach((stream) => stream.beat()), heartbeatEvery / 10),
      );
    }
    return known;
  }

  private look(tail: OrganizationTail): void {
    tail.look().catch((error: unknown) => this.logger.warn({ err: error }, 'New events can’t be looked for.'));
  }

  private checkAccess({ principals }: Tail): void {
    for (const [stream, principal] of principals) {
      if (principal.expiresAt * 1000 <= Date.now()) stream.end('token_expired');
      else if (this.revocations.isRevoked(principal)) stream.end('access_ended');
    }
  }

  private leave(orgId: string, stream: LiveStream): void {
    const watched = this.tails.get(orgId);
    if (!watched) return;
    watched.principals.delete(stream);
    watched.tail.streams.delete(stream);
    if (watched.principals.size > 0) return;
    watched.timers.splice(0).forEach(clearInterval);
    watched.linger = setTimeout(() => this.tails.delete(orgId), resumeSeconds * 1000).unref();
  }
}

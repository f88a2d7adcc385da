import type { IncomingHttpHeaders } from 'node:http';
import type { MemberPrincipal } from '@atrium/contract-kit';
import { eventsEndpoints } from '@atrium/contracts/events';
import { AccessDoor, bearerToken, requireSiteVisible } from '@atrium/platform/auth-guard';
import { currentContext } from '@atrium/platform/context';
import { DomainError, invalidField } from '@atrium/platform/errors';
import type { AuthorizedRequest } from '@atrium/platform/http';
import { SiteDirectory } from '@atrium/site-directory';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { judgingRule } from '../catalog/judging-rule.js';
import { IngestQuotas } from '../quotas/ingest-quotas.js';
import type { SourceOrigin } from '../sources/source.repository.js';
import { WriteKeyDirectory } from '../sources/write-key-directory.js';
import type { Origin } from './event-line.js';

/** Stands for "no source": events sent with a token. */
const noSource = '00000000-0000-0000-0000-000000000000';
const definition = eventsEndpoints.ingestEvents;
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The key of `X-Write-Key`, or the user name of Basic credentials (RFC 7617), as Segment's libraries send it. */
function writeKeyOf(headers: IncomingHttpHeaders): string | undefined {
  const header = headers['x-write-key'];
  if (typeof header === 'string') return header;
  const encoded = /^basic +([A-Za-z0-9+/_-]+={0,2})$/i.exec(headers.authorization ?? '')?.[1];
  return encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString('latin1').split(':')[0];
}

const originOfSource = (source: SourceOrigin): Origin => ({
  orgId: source.org_id,
  siteId: source.site_id,
  sourceId: source.source_id,
  judging: judgingRule(source.schema_mode, source.unknown_events),
});

/** Whose events a request brings: its credentials alone decide, never its body. */
@Injectable()
export class IngestCaller {
  constructor(
    @Inject(WriteKeyDirectory) private readonly writeKeys: WriteKeyDirectory,
    @Inject(AccessDoor) private readonly door: AccessDoor,
    @Inject(SiteDirectory) private readonly sites: SiteDirectory,
    @Inject(IngestQuotas) private readonly quotas: IngestQuotas,
  ) {}

  /**
   * At once for a write key that was seen lately. Throws or rejects with UNAUTHENTICATED, FORBIDDEN, NOT_FOUND for a site
   * that the token doesn't see, VALIDATION_ERROR, RATE_LIMITED for an organization whose month is used up.
   */
  identify(request: FastifyRequest): Origin | Promise<Origin> {
    const origin = this.originOf(request);
    return origin instanceof Promise ? origin.then((found) => this.withRoom(found)) : this.withRoom(origin);
  }

  /** Undefined unless a write key that was seen lately, and nothing else, says who it is, whose month has room as far as is known. */
  known(headers: IncomingHttpHeaders): Origin | undefined {
    if (bearerToken(headers.authorization) !== undefined) return undefined;
    const writeKey = writeKeyOf(headers);
    const source = writeKey === undefined ? undefined : this.writeKeys.known(writeKey);
    return source && this.quotas.hasRoom(source.org_id) ? originOfSource(source) : undefined;
  }

  private withRoom(origin: Origin): Origin {
    this.quotas.requireRoom(origin.orgId);
    return origin;
  }

  private originOf(request: FastifyRequest): Origin | Promise<Origin> {
    if (bearerToken(request.headers.authorization) !== undefined) return this.ofToken(request);
    const writeKey = writeKeyOf(request.headers);
    const source = writeKey === undefined ? undefined : this.writeKeys.find(writeKey);
    return source instanceof Promise ? source.then((found) => this.ofSource(found)) : this.ofSource(source);
  }

  private ofSource(source: SourceOrigin | undefined): Origin {
    if (!source) throw new DomainError('UNAUTHENTICATED', 'A valid write key or access token is required.');
    const context = currentContext();
    if (context) context.orgId = source.org_id;
    return originOfSource(source);
  }

  private async ofToken(request: AuthorizedRequest): Promise<Origin> {
    await this.door.admit(definition, request);
    try {
      return await this.atSite(request.principal as MemberPrincipal, siteOf(request.query));
    } catch (error) {
      this.door.report(error, definition, request);
      throw error;
    }
  }

  private async atSite(principal: MemberPrincipal, siteId: string): Promise<Origin> {
    const { orgId } = principal;
    requireSiteVisible(principal, definition.access.permission, siteId, 'site');
    await this.sites.require(orgId, siteId);
    return { orgId, siteId, sourceId: noSource };
  }
}

/** A token names no site, so the query does. */
function siteOf(query: unknown): string {
  const siteId = typeof query === 'object' && query !== null && 'site_id' in query ? query.site_id : undefined;
  if (typeof siteId !== 'string' || !uuid.test(siteId)) throw invalidField('site_id', 'is required with an access token, as a UUID in the query');
  return siteId.toLowerCase();
}

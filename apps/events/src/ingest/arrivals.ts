import { currentTraceId } from '@atrium/platform/telemetry';
import { Inject, Injectable } from '@nestjs/common';
import type { IncomingHttpHeaders } from 'node:http';
import { RetentionDirectory } from '../settings/retention-directory.js';
import { anonymiseAddress } from './anonymise-address.js';
import type { Arrival, Origin } from './event-line.js';

/** What is kept of a client's address: its network, or nothing. */
export type KeptAddresses = 'network' | 'none';
export const KEPT_ADDRESSES = Symbol('KeptAddresses');

/** What is read of a request besides its body. */
export interface RequestFacts {
  readonly id: string;
  readonly ip: string;
  readonly headers: IncomingHttpHeaders;
}

/** What a request says about all of its events. */
@Injectable()
export class Arrivals {
  constructor(
    @Inject(RetentionDirectory) private readonly retention: RetentionDirectory,
    @Inject(KEPT_ADDRESSES) private readonly addresses: KeptAddresses,
  ) {}

  /** Not a promise where it is known how long the organization keeps events. */
  of(request: RequestFacts, origin: Origin): Arrival | Promise<Arrival> {
    const days = this.retention.daysOf(origin.orgId);
    if (typeof days === 'number') return this.arrivalOf(request, origin, days);
    return days.then((retentionDays) => this.arrivalOf(request, origin, retentionDays));
  }

  private arrivalOf(request: RequestFacts, origin: Origin, retentionDays: number): Arrival {
    return {
      ...origin,
      receivedAt: Date.now(),
      ip: this.addresses === 'none' ? '' : anonymiseAddress(request.ip),
      addresses: this.addresses,
      userAgent: request.headers['user-agent'] ?? '',
      requestId: request.id,
      traceId: currentTraceId() ?? '',
      retentionDays,
    };
  }
}

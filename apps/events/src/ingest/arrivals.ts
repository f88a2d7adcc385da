import { currentTraceId } from '@atrium/platform/telemetry';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { RetentionDirectory } from '../settings/retention-directory.js';
import { anonymiseAddress } from './anonymise-address.js';
import type { Arrival, Origin } from './event-line.js';

/** What is kept of a client's address: its network, or nothing. */
export type KeptAddresses = 'network' | 'none';
export const KEPT_ADDRESSES = Symbol('KeptAddresses');

/** What a request says about all of its events. */
@Injectable()
export class Arrivals {
  constructor(
    @Inject(RetentionDirectory) private readonly retention: RetentionDirectory,
    @Inject(KEPT_ADDRESSES) private readonly addresses: KeptAddresses,
  ) {}

  /** Not a promise where it is known how long the organization keeps events. */
  of(request: FastifyRequest, origin: Origin): Arrival | Promise<Arrival> {
    const days = this.retention.daysOf(origin.orgId);
    if (typeof days === 'number') return this.arrivalOf(request, origin, days);
    return days.then((retentionDays) => this.arrivalOf(request, origin, retentionDays));
  }

  private arrivalOf(request: FastifyRequest, origin: Origin, retentionDays: number): Arrival {
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

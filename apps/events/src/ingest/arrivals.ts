import { currentTraceId } from '@atrium/platform/telemetry';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { anonymiseAddress } from './anonymise-address.js';
import type { Arrival, Origin } from './event-line.js';

export interface ArrivalSettings {
  /** Days that events are kept. */
  readonly retentionDays: number;
  /** What is kept of a client's address: its network, or nothing. */
  readonly addresses: 'network' | 'none';
}
export const ARRIVAL_SETTINGS = Symbol('ArrivalSettings');

/** What a request says about all of its events. */
@Injectable()
export class Arrivals {
  constructor(@Inject(ARRIVAL_SETTINGS) private readonly settings: ArrivalSettings) {}

  of(request: FastifyRequest, origin: Origin): Arrival {
    const { retentionDays, addresses } = this.settings;
    return {
      ...origin,
      receivedAt: Date.now(),
      ip: addresses === 'none' ? '' : anonymiseAddress(request.ip),
      addresses,
      userAgent: request.headers['user-agent'] ?? '',
      requestId: request.id,
      traceId: currentTraceId() ?? '',
      retentionDays,
    };
  }
}

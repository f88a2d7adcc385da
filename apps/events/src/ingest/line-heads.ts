import type { IngestEvent } from '@atrium/contracts/events';
import { anonymiseAddress } from './anonymise-address.js';
import { type Arrival, lineHead } from './event-line.js';

const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

const keptOf = (address: unknown, { addresses }: Arrival): string =>
  typeof address === 'string' && addresses !== 'none' ? anonymiseAddress(address) : '';

/** An address in the context is kept no more precisely than that of the request. */
export function withoutAddress(event: IngestEvent, arrival: Arrival): IngestEvent {
  if (event.context?.['ip'] === undefined) return event;
  return { ...event, context: { ...event.context, ip: keptOf(event.context['ip'], arrival) } };
}

/** The beginnings of the lines of one request: one for all events but those that tell of another device in their context. */
export class LineHeads {
  private readonly ofRequest: string;
  private ofRequestBytes: Buffer | undefined;
  /** Events of one device tend to follow one another. */
  private last: { readonly userAgent: string; readonly ip: string; readonly head: string } | undefined;

  constructor(private readonly arrival: Arrival) {
    this.ofRequest = lineHead(arrival);
  }

  /** The one for all events that tell of no other device. */
  get bytes(): Buffer {
    return (this.ofRequestBytes ??= Buffer.from(this.ofRequest));
  }

  of({ context }: IngestEvent): string {
    if (context === undefined) return this.ofRequest;
    const { arrival } = this;
    const userAgent = textOf(context['userAgent']);
    const isOther = userAgent !== undefined && userAgent !== arrival.userAgent;
    if (!isOther && context['ip'] === undefined) return this.ofRequest;
    const ip = context['ip'] === undefined ? arrival.ip : keptOf(context['ip'], arrival);
    return this.ofDevice(userAgent ?? arrival.userAgent, ip);
  }

  private ofDevice(userAgent: string, ip: string): string {
    if (this.last?.userAgent !== userAgent || this.last.ip !== ip) {
      this.last = { userAgent, ip, head: lineHead({ ...this.arrival, ip, userAgent }) };
    }
    return this.last.head;
  }
}

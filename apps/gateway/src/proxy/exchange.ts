import type { EndpointDefinition } from '@atrium/contract-kit';
import type { OpenSpan } from '@atrium/platform/telemetry';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Admitted } from '../admission/admission.js';
import type { CarriedWriteKey } from '../admission/carried-write-key.js';

/** One client's request to one endpoint, until its answer has gone. */
export interface Exchange {
  readonly endpoint: EndpointDefinition;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  /** The client's address as the gateway trusts it. */
  readonly address: string;
  readonly span: OpenSpan;
  /** Milliseconds of the monotonic clock. */
  readonly startedAt: number;
  /** Headers for every answer, error or not, as a flat list. */
  readonly corsHeaders: readonly string[];
  /** Fields that the answer varies by. */
  readonly vary: readonly string[];
}

export type AdmittedExchange = Exchange & {
  readonly admitted: Admitted;
  /** What had to be read to admit the request. */
  readonly carried: CarriedWriteKey;
};

export type IngestOutcome = 'accepted' | 'rejected';

export interface IngestCount {
  readonly orgId: string;
  /** Begin of the five minutes, in milliseconds since the epoch. */
  readonly bucket: number;
  readonly outcome: IngestOutcome;
  /** Why they were rejected; empty for accepted ones. */
  readonly code: string;
  count: number;
}

/** Counts of one instance. Sent again after a failure it is the same, and counts once. */
export interface LedgerBatch {
  readonly instanceId: string;
  /** Grows with each batch of the instance. */
  readonly number: number;
  readonly counts: readonly IngestCount[];
}

export interface Usage {
  readonly orgId: string;
  /** First day, as `YYYY-MM-01`. */
  readonly month: string;
  /** By all instances. */
  readonly accepted: number;
  /** Undefined where the platform's default holds. */
  readonly eventsPerMonth: number | undefined;
  readonly eventsPerSecond: number | undefined;
}

/** What all instances share. Methods reject when the store doesn't answer. */
export interface LedgerStore {
  read(orgId: string, month: string): Promise<Usage>;
  /** The sums of the organizations and months that the batch names. */
  record(batch: LedgerBatch): Promise<Usage[]>;
  /** Deletes what no statistic shows any more. */
  forget(): Promise<void>;
}

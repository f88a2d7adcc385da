import type { Answer, Subject } from './subject.js';

/** One request, and the status that S3 answers it with. */
export interface Case {
  readonly name: string;
  readonly status: number;
  readonly send: (subject: Subject) => Promise<Answer>;
  /** What Ceph 16 answers where it differs from S3, and why. */
  readonly ceph?: { readonly status: number; readonly because: string };
}

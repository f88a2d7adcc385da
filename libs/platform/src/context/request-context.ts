import { AsyncLocalStorage } from 'node:async_hooks';
import type { AuditEntry } from '@atrium/contract-kit';

/** What every log line, message and row of one unit of work carries. */
export interface RequestContext {
  readonly requestId: string;
  /** Set once the access token is verified. */
  userId?: string;
  orgId?: string;
  /** Who acts, as the audit log names them: anonymous until the access token is verified, unset where nobody asks. */
  actor?: AuditEntry['actor'];
  /** Values of `Set-Cookie` for the answer. */
  cookies?: string[];
  /** The verified token itself, to ask another service on the caller's behalf. Never logged. */
  accessToken?: string;
}

const storage = new AsyncLocalStorage<RequestContext>();

/** Runs `work` inside the context; everything that it awaits sees it. */
export const runInContext = <T>(context: RequestContext, work: () => T): T => storage.run(context, work);

/** The context at hand, or undefined outside of a request or message. */
export const currentContext = (): RequestContext | undefined => storage.getStore();

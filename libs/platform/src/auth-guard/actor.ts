import type { AuditEntry, Principal } from '@atrium/contract-kit';

/** Who acts, as the audit log names them: the person with the session, or the API key by its own id. */
export const actorOf = ({ kind, userId, sessionId }: Principal): AuditEntry['actor'] =>
  kind === 'api_key' ? { kind, id: sessionId, session_id: null } : { kind: 'user', id: userId, session_id: sessionId };

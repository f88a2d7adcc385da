import type { AuditEntry, Principal } from '@atrium/contract-kit';

/** Who acts, as the audit log names them: the person with the session, the API key by its own id, or a client app for itself. */
export function actorOf({ kind, clientId, userId, sessionId }: Principal): AuditEntry['actor'] {
  if (kind === 'api_key') return { kind, id: sessionId, session_id: null };
  return { kind: clientId === userId ? 'client' : 'user', id: userId, session_id: sessionId };
}

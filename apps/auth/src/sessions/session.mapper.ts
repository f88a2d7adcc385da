import type { OutputOf } from '@atrium/contract-kit';
import type { authEndpoints } from '@atrium/contracts/auth';
import { deviceName } from '../devices/device-name.js';
import type { Session } from './session.repository.js';

type SessionView = OutputOf<typeof authEndpoints.listSessions>['data'][number];

export const toSessionView = (session: Session, currentId: string): SessionView => ({
  id: session.id,
  current: session.id === currentId,
  user_agent: session.user_agent,
  device: deviceName(session.user_agent),
  created_at: session.created_at.toISOString(),
  last_used_at: session.last_used_at.toISOString(),
  expires_at: session.expires_at.toISOString(),
});

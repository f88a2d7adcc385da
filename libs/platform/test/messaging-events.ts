import { domainEvent, uuid } from '@atrium/contract-kit';
import { v7 as uuidv7 } from 'uuid';
import { z } from 'zod';

export const noteWritten = domainEvent({
  type: 'note.written',
  version: 1,
  publisher: 'auth',
  subscribers: ['users'],
  data: z.object({ note_id: uuid, text: z.string() }),
});

export const noteShared = domainEvent({ ...noteWritten, type: 'note.shared', subscribers: ['users', 'mailer'] });

export const note = (text = 'hello') => ({ note_id: uuidv7(), text });

/** The body of a message as a publisher would have sent it. */
export const noteMessage = (parts: Record<string, unknown> = {}): string =>
  JSON.stringify({
    id: uuidv7(),
    type: 'note.written',
    version: 1,
    occurred_at: new Date().toISOString(),
    org_id: uuidv7(),
    request_id: 'r-1',
    data: note(),
    ...parts,
  });

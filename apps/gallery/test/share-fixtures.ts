import { randomUUID } from 'node:crypto';
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { DataOf, DomainEventDefinition, DomainEventEnvelope } from '@atrium/contract-kit';
import { queues } from '@atrium/contracts';
import type { CreatedShare, Share } from '@atrium/contracts/gallery';
import { until } from '@atrium/testing';
import { type Gallery, png, send } from './gallery.js';
import type { Member } from './member.js';

export const inAnHour = (): string => new Date(Date.now() + 3_600_000).toISOString();

/** Uploaded and verified, with its bytes. */
export async function uploadReady(gallery: Gallery, member: Member, siteId: string): Promise<string> {
  const upload = await gallery.requestUpload(member, siteId, png);
  await send(upload, png);
  await gallery.settled(member, upload.asset_id);
  return upload.asset_id;
}

export const requestShare = (gallery: Gallery, member: Member, what: object) =>
  gallery.call<CreatedShare>(member, 'POST', '/shares', { expires_at: inAnHour(), ...what });

export async function newShare(gallery: Gallery, member: Member, what: object): Promise<CreatedShare> {
  const { status, body } = await requestShare(gallery, member, what);
  if (status !== 201) throw new Error(`the share was refused: ${JSON.stringify(body)}`);
  return body;
}

export const sharesOf = async (gallery: Gallery, member: Member, query = ''): Promise<Share[]> =>
  (await gallery.call<{ data: Share[] }>(member, 'GET', `/shares${query}`)).body.data;

/** Tells the gallery as users does; resolves once it is heard of. */
export async function tell<D extends DomainEventDefinition>(gallery: Gallery, sqs: SQSClient, definition: D, orgId: string, data: DataOf<D>, occurredAt = new Date()): Promise<void> {
  const envelope: DomainEventEnvelope = {
    id: randomUUID(), type: definition.type, version: definition.version, occurred_at: occurredAt.toISOString(), org_id: orgId, request_id: randomUUID(), data,
  };
  await sqs.send(new SendMessageCommand({ QueueUrl: gallery.engines.queueUrlBase + queues.galleryInbox.name, MessageBody: JSON.stringify(envelope) }));
  await until('the message to be heard', async () => {
    const { rowCount } = await gallery.engines.database.superuser.query('select 1 from gallery.inbox where message_id = $1', [envelope.id]);
    return rowCount === 1;
  });
}

import { Readable } from 'node:stream';
import { authEndpoints } from '@atrium/contracts/auth';
import { eventsEndpoints } from '@atrium/contracts/events';
import { galleryEndpoints } from '@atrium/contracts/gallery';
import { currentContext } from '@atrium/platform/context';
import { DomainError } from '@atrium/platform/errors';
import { injectTraceContext } from '@atrium/platform/telemetry';

/** Base URLs of the services that hold something of a person. */
export interface ServiceUrls {
  readonly auth: string;
  readonly gallery: string;
  readonly events: string;
}

/** Dependency-injection token of {@link ServiceUrls}. */
export const SERVICE_URLS = Symbol('ServiceUrls');

/** A file of the archive that another service gives. */
export interface ExportSource {
  readonly file: string;
  readonly about: string;
  readonly url: URL;
}

export const exportSourcesOf = ({ auth, gallery, events }: ServiceUrls): readonly ExportSource[] => [
  { file: 'auth.json', about: 'Account, sessions and memberships, as auth holds them', url: new URL(authEndpoints.exportAccount.path, auth) },
  { file: 'files.ndjson', about: 'Files that you uploaded; their bytes are downloaded one by one', url: new URL(galleryEndpoints.exportFiles.path, gallery) },
  { file: 'events.ndjson', about: 'Events that carry your id, in organizations that you belong to', url: new URL(eventsEndpoints.exportOwnEvents.path, events) },
];

/** Milliseconds until a service must have begun to answer. How long the rest takes is the reader's affair. */
const patience = 15_000;

/** What is being read, and its end for whoever does not read it out. */
export interface OpenSource extends ExportSource {
  readonly content: Readable;
}

/** Asks all of them on the caller's behalf: each has begun to answer, or none is read. @throws DomainError UPSTREAM_UNAVAILABLE */
export async function openAll(sources: readonly ExportSource[]): Promise<OpenSource[]> {
  const outcomes = await Promise.allSettled(sources.map(open));
  const opened = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  if (!failure) return opened;
  for (const { content } of opened) content.destroy();
  throw failure.reason;
}

/** One that breaks off while the others begin is noticed by who reads it, and no error of the process. */
function readable(body: ReadableStream<Uint8Array>): Readable {
  const content = Readable.fromWeb(body);
  content.on('error', () => undefined);
  return content;
}

async function open(source: ExportSource): Promise<OpenSource> {
  const context = currentContext();
  const headers = {
    authorization: `Bearer ${context?.accessToken ?? ''}`,
    'x-request-id': context?.requestId ?? '',
    'accept-encoding': 'identity',
    ...injectTraceContext(),
  };
  const giveUp = new AbortController();
  const timer = setTimeout(() => giveUp.abort(), patience);
  try {
    const response = await fetch(source.url, { headers, signal: giveUp.signal, redirect: 'error' });
    if (response.status === 200 && response.body) return { ...source, content: readable(response.body) };
    await response.body?.cancel();
    throw new Error(`${source.url.pathname} answered ${response.status}`);
  } catch (cause) {
    const detail = `${source.file} could not be had`;
    throw new DomainError('UPSTREAM_UNAVAILABLE', 'The export is not complete right now.', { detail, cause, retryAfterSeconds: 5 });
  } finally {
    clearTimeout(timer);
  }
}

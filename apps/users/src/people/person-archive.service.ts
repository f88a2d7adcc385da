import { finished, PassThrough, type Readable } from 'node:stream';
import type { FileBody, Principal } from '@atrium/contract-kit';
import { Inject, Injectable } from '@nestjs/common';
import { ZipFile } from 'yazl';
import { exportSourcesOf, openAll, type OpenSource, SERVICE_URLS, type ServiceUrls } from './export-sources.js';
import { PersonExportService } from './person-export.service.js';

const ownFile = { file: 'users.json', about: 'Account, memberships with roles and profile, and invitations' };
const textOf = (value: unknown): Buffer => Buffer.from(`${JSON.stringify(value, null, 2)}\n`);

/** Makes one archive of what every service holds of a person, as they answer: it is nowhere in memory as a whole. */
@Injectable()
export class PersonArchiveService {
  constructor(
    private readonly exports: PersonExportService,
    @Inject(SERVICE_URLS) private readonly urls: ServiceUrls,
  ) {}

  /** Whole or not at all. @throws DomainError UPSTREAM_UNAVAILABLE while a service has nothing to give */
  async archive(principal: Principal): Promise<FileBody> {
    const own = await this.exports.export(principal);
    const sources = await openAll(exportSourcesOf(this.urls));
    const files = [ownFile, ...sources.map(({ file, about }) => ({ file, about }))];
    const zip = new ZipFile();
    zip.addBuffer(textOf({ exported_at: own.exported_at, user_id: own.user_id, files }), 'manifest.json');
    zip.addBuffer(textOf(own), ownFile.file);
    for (const { file, content } of sources) zip.addReadStream(content, file);
    zip.end();
    return piecesOf(outputOf(zip, sources), sources);
  }
}

/** Ends with the error of whatever is put into the archive, also of what waits for its turn. */
function outputOf(zip: ZipFile, sources: readonly OpenSource[]): Readable {
  const output = new PassThrough();
  const fail = (error: Error | null | undefined): void => void (error && output.destroy(error));
  // Until somebody reads it, whose reading then fails.
  output.on('error', () => undefined);
  zip.on('error', fail);
  // The archive itself doesn't look at the errors of what it reads.
  for (const { content } of sources) finished(content, fail);
  zip.outputStream.pipe(output);
  return output;
}

/** Whatever ends it, no service goes on answering into the void. */
async function* piecesOf(output: Readable, sources: readonly OpenSource[]): FileBody {
  try {
    for await (const piece of output) yield bytesOf(piece);
  } finally {
    for (const { content } of sources) content.destroy();
  }
}

function bytesOf(piece: unknown): Uint8Array {
  if (piece instanceof Uint8Array) return piece;
  throw new Error('An archive is made of bytes.');
}

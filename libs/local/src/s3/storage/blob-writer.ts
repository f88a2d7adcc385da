import { randomUUID } from 'node:crypto';
import { open, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { BodyExpectations } from '../body/body-expectations.js';
import { receiveBody, type ReceivedBody } from '../body/body-receiver.js';

/** Bytes that were verified and flushed, waiting in the temporary folder to be published under an object. */
export interface StagedBlob extends ReceivedBody {
  readonly path: string;
}

/** Streams a body to a temporary file. Whatever goes wrong, the file is removed. */
export async function stageBlob(
  temporaryFolder: string,
  source: AsyncIterable<Buffer>,
  expected: BodyExpectations,
): Promise<StagedBlob> {
  const path = join(temporaryFolder, randomUUID());
  const handle = await open(path, 'wx');
  try {
    const received = await receiveBody(source, expected, (chunk) => writeFully(handle, chunk));
    await handle.sync();
    await handle.close();
    return { ...received, path };
  } catch (error) {
    await handle.close();
    await discardBlob({ path });
    throw error;
  }
}

export async function discardBlob(blob: Pick<StagedBlob, 'path'>): Promise<void> {
  await rm(blob.path, { force: true });
}

async function writeFully(handle: FileHandle, chunk: Buffer): Promise<void> {
  for (let offset = 0; offset < chunk.length; ) {
    const { bytesWritten } = await handle.write(chunk, offset);
    offset += bytesWritten;
  }
}

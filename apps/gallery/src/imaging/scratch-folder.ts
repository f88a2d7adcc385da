import { createWriteStream } from 'node:fs';
import { constants, mkdir, mkdtemp, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Readable, Transform, type TransformCallback } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { originalName } from '../decoder/decoder-job.js';

const prefix = 'atrium-images-';
/** Milliseconds after which no worker can be at it any more. */
const abandonedMs = 24 * 60 * 60 * 1000;

/** Makes a folder of this process's own in `parent`, and removes those of workers that were killed. */
export async function makeScratchFolder(parent: string): Promise<string> {
  await mkdir(parent, { recursive: true });
  for (const name of (await readdir(parent)).filter((one) => one.startsWith(prefix))) {
    const { mtimeMs } = await stat(join(parent, name)).catch(() => ({ mtimeMs: Date.now() }));
    // Another account's stay where they are.
    if (Date.now() - mtimeMs > abandonedMs) await rm(join(parent, name), { recursive: true, force: true }).catch(() => undefined);
  }
  return mkdtemp(join(parent, prefix));
}

export const removeScratchFolder = (folder: string): Promise<void> => rm(folder, { recursive: true, force: true });

/** Fails as soon as more bytes come than there should be. */
function atMost(bytes: number): Transform {
  let seen = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback): void {
      seen += chunk.length;
      if (seen > bytes) done(new Error(`more than the ${bytes} bytes that were expected`));
      else done(null, chunk);
    },
  });
}

/** Runs `work` with a folder that holds the bytes under the name `original`, and is gone after. */
export async function withOriginal<T>(
  scratch: string,
  bytes: Readable,
  size: number,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(scratch, 'image-'));
  try {
    await pipeline(bytes, atMost(size), createWriteStream(join(folder, originalName), { flags: 'wx', mode: 0o600 }));
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * A file that the decoder wrote. It may have been taken over by what it decoded: no link is followed, and no more read
 * than `maxBytes`.
 */
export async function readResult(folder: string, name: string, maxBytes: number): Promise<Buffer> {
  const file = await open(join(folder, name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const found = await file.stat();
    const isProper = found.isFile() && found.nlink === 1 && found.size > 0 && found.size <= maxBytes;
    if (!isProper) throw new Error(`the decoder left no proper file ${name}`);
    const bytes = Buffer.alloc(found.size);
    const { bytesRead } = await file.read(bytes, 0, found.size, 0);
    return bytes.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

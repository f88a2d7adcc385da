import { createWriteStream } from 'node:fs';
import { constants, mkdir, mkdtemp, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Readable, Transform, type TransformCallback } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { originalName } from '../decoder/decoder-job.js';

const prefix = 'image-';

/** Makes the folder, and removes what a worker that was killed left in it. */
export async function clearScratchFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const left = (await readdir(folder)).filter((name) => name.startsWith(prefix));
  for (const name of left) await rm(join(folder, name), { recursive: true, force: true });
}

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
  const folder = await mkdtemp(join(scratch, prefix));
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
    const stat = await file.stat();
    if (!stat.isFile() || stat.nlink !== 1 || stat.size === 0 || stat.size > maxBytes) throw new Error(`the decoder left no proper file ${name}`);
    const bytes = Buffer.alloc(stat.size);
    const { bytesRead } = await file.read(bytes, 0, stat.size, 0);
    return bytes.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

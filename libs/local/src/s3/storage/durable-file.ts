import { randomUUID } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { z } from 'zod';

/** Flushes a folder's entries, so that a rename in it outlives a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Moves a file that is already flushed to its place, durably and at once. */
export async function publishFile(from: string, to: string): Promise<void> {
  await rename(from, to);
  await syncFolder(dirname(to));
}

/** Writes JSON whole or not at all: temporary file, flush, rename. Both folders must be on one file system. */
export async function writeJsonDurably(temporaryFolder: string, path: string, value: unknown): Promise<void> {
  const temporary = join(temporaryFolder, randomUUID());
  const handle = await open(temporary, 'wx');
  try {
    await handle.writeFile(JSON.stringify(value));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await publishFile(temporary, path);
}

/** @throws Error that names the file when it isn't JSON of that shape */
export async function readJson<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.output<Schema>> {
  const text = await readFile(path, 'utf8');
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new Error(`The S3 data folder is damaged: ${path} can't be read. Restore it from a copy, or delete that file.`, { cause });
  }
}

export async function removeDurably(path: string): Promise<void> {
  await rm(path, { force: true });
  await syncFolder(dirname(path));
}

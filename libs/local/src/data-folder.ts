import { mkdirSync, accessSync, constants, openSync, closeSync, fsyncSync, writeFileSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { LocalStackError } from './local-stack-error.js';

/** Makes `folder` (with its parents) and proves that it can be written. Throws LocalStackError. */
export function openDataFolder(folder: string, name: string, mode = 0o700): void {
  try {
    mkdirSync(folder, { recursive: true, mode });
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EEXIST' || code === 'ENOTDIR') {
      throw new LocalStackError(`The data folder of ${name}, ${folder}, is not a folder: remove that file or choose another data folder`);
    }
    throw new LocalStackError(
      `The data folder of ${name}, ${folder}, cannot be written (${String(code)}): fix its permissions or choose another data folder`,
      { cause: error },
    );
  }
}

/**
 * Replaces `path` so that a crash leaves the old or the new content, never a part:
 * written beside it, synced, renamed, and the folder synced. Owner-only, as it may hold secrets.
 */
export function writeFileDurably(path: string, content: string | Uint8Array): void {
  const temporary = `${path}.new`;
  const file = openSync(temporary, 'w', 0o600);
  try {
    writeFileSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

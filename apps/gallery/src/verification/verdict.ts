import type { ScanVerdict } from '../scanning/file-scanner.js';

/** What the uploader declared. */
export interface DeclaredFile {
  readonly contentType: string;
  /** Bytes. */
  readonly size: number;
  /** Hex. */
  readonly sha256: string;
}

/** What S3 has. */
export interface StoredFile {
  readonly size: number;
  /** Base64; undefined when S3 holds none. */
  readonly sha256: string | undefined;
}

/**
 * Why the stored bytes are not what was declared, or undefined. A reason begins with a stable code, for programs; the
 * rest is for people.
 */
export function contentMismatch(declared: DeclaredFile, stored: StoredFile): string | undefined {
  if (stored.size !== declared.size) {
    return `size_mismatch: The file has ${stored.size} bytes, ${declared.size} were declared.`;
  }
  if (stored.sha256 !== Buffer.from(declared.sha256, 'hex').toString('base64')) {
    return 'checksum_mismatch: The SHA-256 of the file is not the declared one.';
  }
  return undefined;
}

/** As {@link contentMismatch}, where the organization has stopped taking such files since the upload was requested. */
export function typeNotAllowed({ contentType }: DeclaredFile, allowed: readonly string[]): string | undefined {
  if (allowed.includes(contentType)) return undefined;
  return `type_not_allowed: The organization takes no files of type ${contentType}.`;
}

/** As {@link contentMismatch}, for what the scanner said. */
export function scanFinding(verdict: ScanVerdict): string | undefined {
  if (verdict.kind === 'infected') return `infected: The scanner found ${verdict.name}.`;
  if (verdict.kind === 'refused') return `unscannable: The scanner did not take the file: ${verdict.reason}.`;
  return undefined;
}

/** As {@link contentMismatch}, for the type that the file's own first bytes prove; undefined when they prove none. */
export function typeMismatch(declared: DeclaredFile, detected: string | undefined): string | undefined {
  if (detected === declared.contentType) return undefined;
  const found = detected === undefined ? 'is not of a known type' : `is ${detected}`;
  return `type_mismatch: The file was declared as ${declared.contentType}, but by its content it ${found}.`;
}

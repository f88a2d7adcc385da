/** Bytes that the detection looks at (file-type's own sample size). */
export const detectionBytes = 4100;

/** The MIME type that the first bytes of a file prove, or undefined. Text, HTML and SVG prove none. */
export async function detectContentType(head: Uint8Array): Promise<string | undefined> {
  const { fileTypeFromBuffer } = await import('file-type');
  return (await fileTypeFromBuffer(head))?.mime;
}

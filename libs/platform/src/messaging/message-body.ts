/** The largest message of SQS: body and attributes together, in UTF-8 bytes. */
export const maxMessageBytes = 1_048_576;

/**
 * JSON that SQS takes as it is: of the characters that it refuses, `JSON.stringify` leaves only U+FFFE and U+FFFF
 * unescaped.
 */
export function serializeMessage(value: unknown): string {
  const json = JSON.stringify(value);
  return json.replace(/[\ufffe\uffff]/g, (character) => `\\u${character.charCodeAt(0).toString(16)}`);
}

import { S3Error } from './s3-error.js';

/**
 * Text from a query or a form that is to be sent back as a header: its UTF-8 bytes, written as node:http wants them.
 *
 * @throws S3Error `InvalidArgument` when it can't be a header, which would split or break the answer
 */
export function toHeaderValue(name: string, text: string): string {
  if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(text) || !/^[\w!#$%&'*+.^`|~-]+$/.test(name)) {
    throw new S3Error('InvalidArgument', "This name and value can't be a header.", { ArgumentName: name });
  }
  return Buffer.from(text, 'utf8').toString('latin1');
}

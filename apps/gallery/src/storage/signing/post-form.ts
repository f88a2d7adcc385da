import { createHmac } from 'node:crypto';
import type { SigningScope } from './signing-scope.js';
import type { Validity } from './presigned-url.js';

export interface FormToSign {
  readonly bucket: string;
  /** Exactly this one; `${filename}` is not expanded. */
  readonly key: string;
  /** What the form must hold exactly so. */
  readonly fields: Readonly<Record<string, string>>;
  /** Bytes that the file must have. */
  readonly size: number;
}

/**
 * The fields of a form by which a browser uploads one file (S3 API reference, "Creating a POST policy"); the file comes
 * after them, as the field `file`. Byte for byte what the SDK's `createPresignedPost` makes.
 *
 * @param expiresAt whole seconds
 */
export function signedForm(form: FormToSign, scope: SigningScope, timestamp: Validity['timestamp'], expiresAt: Date): Record<string, string> {
  const fields = {
    ...form.fields,
    bucket: form.bucket,
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': scope.credential,
    'X-Amz-Date': timestamp,
    ...(scope.sessionToken === undefined ? {} : { 'X-Amz-Security-Token': scope.sessionToken }),
  };
  const conditions = [
    ['content-length-range', form.size, form.size],
    ...Object.entries(fields).map(([name, value]) => ({ [name]: value })),
    { key: form.key },
  ];
  const expiration = expiresAt.toISOString().replace('.000Z', 'Z');
  const policy = Buffer.from(JSON.stringify({ expiration, conditions })).toString('base64');
  const signature = createHmac('sha256', scope.key).update(policy).digest('hex');
  return { ...fields, key: form.key, Policy: policy, 'X-Amz-Signature': signature };
}

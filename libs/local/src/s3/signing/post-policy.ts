import { z } from 'zod';
import { S3Error } from '../protocol/s3-error.js';
import { MAX_CLOCK_SKEW_MS, parseCredential, parseSignature, parseTimestamp } from './signature-claim.js';
import { checkCredential, type SigV4Settings } from './sigv4-verifier.js';
import { ALGORITHM, equalInConstantTime, signText } from './signing-key.js';

const MALFORMED = 'AuthorizationQueryParametersError';
/** Fields that a policy needn't mention (S3 API reference, "Creating a POST policy"). */
const UNCONDITIONED = ['policy', 'x-amz-signature', 'file'];

const scalar = z.union([z.string(), z.number()]).transform(String);
const policySchema = z.object({
  expiration: z.iso.datetime(),
  conditions: z.array(
    z.union([
      z.tuple([z.string().regex(/^content-length-range$/i), z.coerce.number().int().nonnegative(), z.coerce.number().int().nonnegative()]),
      z.tuple([z.string().regex(/^(eq|starts-with)$/i), z.string().startsWith('$'), scalar]),
      z.record(z.string(), scalar),
    ]),
  ),
});
type Condition = z.infer<typeof policySchema>['conditions'][number];

export interface PostForm {
  /** By lower-case name, `${filename}` already expanded. Holds no `bucket`: that is the address's. */
  readonly fields: ReadonlyMap<string, string>;
  readonly bucket: string;
}

/** Bytes that the file may have. */
export interface SizeRange {
  readonly min: number;
  readonly max: number;
}

/**
 * Verifies a browser's form upload: the signature over the policy, and the form against the policy.
 *
 * @param now milliseconds since the epoch
 * @throws S3Error `AccessDenied`, `SignatureDoesNotMatch`, `InvalidPolicyDocument`, `InvalidAccessKeyId` …
 */
export function verifyPostPolicy(form: PostForm, settings: SigV4Settings, now: number): Partial<SizeRange> {
  const policyText = verifyPolicySignature(form, settings, now);
  const policy = parsePolicy(policyText);
  if (Date.parse(policy.expiration) <= now) throw denied('Policy expired.');
  const conditioned = new Set(UNCONDITIONED);
  let size: Partial<SizeRange> = {};
  for (const condition of policy.conditions) {
    const range = checkCondition(condition, form, conditioned);
    if (range) size = { min: Math.max(size.min ?? 0, range.min), max: Math.min(size.max ?? Infinity, range.max) };
  }
  const extra = [...form.fields.keys()].filter((name) => !conditioned.has(name) && !name.startsWith('x-ignore-'));
  if (extra.length > 0) throw denied(`Extra input fields: ${extra.join(', ')}`);
  return size;
}

function verifyPolicySignature({ fields }: PostForm, settings: SigV4Settings, now: number): string {
  const [policy, algorithm, credential, timestamp, signature] = [
    'policy',
    'x-amz-algorithm',
    'x-amz-credential',
    'x-amz-date',
    'x-amz-signature',
  ].map((name) => fields.get(name));
  if (!policy || !algorithm || !credential || !timestamp || !signature) throw new S3Error('AccessDenied', 'Access Denied');
  const time = parseTimestamp(timestamp);
  if (algorithm !== ALGORITHM || time === undefined) throw new S3Error('InvalidArgument', 'x-amz-algorithm or x-amz-date is invalid.');
  if (time - now > MAX_CLOCK_SKEW_MS) throw new S3Error('AccessDenied', 'Request is not valid yet');
  const claim = { ...parseCredential(credential, MALFORMED), timestamp, sessionToken: fields.get('x-amz-security-token') };
  checkCredential(claim, settings, true);
  const expected = signText(policy, claim.scope, settings.credentials.secretAccessKey);
  if (!equalInConstantTime(parseSignature(signature, MALFORMED), expected)) {
    throw new S3Error(
      'SignatureDoesNotMatch',
      'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
    );
  }
  return policy;
}

function parsePolicy(base64: string): z.infer<typeof policySchema> {
  try {
    return policySchema.parse(JSON.parse(Buffer.from(base64, 'base64').toString('utf8')));
  } catch (cause) {
    throw new S3Error(
      'InvalidPolicyDocument',
      `Invalid Policy: ${cause instanceof SyntaxError ? 'Invalid JSON.' : 'Invalid expiration or conditions.'}`,
    );
  }
}

/** Checks one condition and notes the fields it names. @returns the range when it is about the file's size */
function checkCondition(condition: Condition, form: PostForm, conditioned: Set<string>): SizeRange | undefined {
  if (!Array.isArray(condition)) {
    for (const [name, value] of Object.entries(condition)) checkField('eq', name, value, form, conditioned);
    return undefined;
  }
  const [operator, first, second] = condition;
  if (typeof first === 'number') return { min: first, max: Number(second) };
  checkField(operator.toLowerCase(), first.slice(1), String(second), form, conditioned);
  return undefined;
}

function checkField(operator: string, fieldName: string, wanted: string, form: PostForm, conditioned: Set<string>): void {
  const name = fieldName.toLowerCase();
  conditioned.add(name);
  const actual = name === 'bucket' ? form.bucket : (form.fields.get(name) ?? '');
  const holds = operator === 'eq' ? actual === wanted : actual.startsWith(wanted);
  if (!holds) throw denied(`Policy Condition failed: ["${operator}", "$${fieldName}", "${wanted}"]`);
}

function denied(reason: string): S3Error {
  return new S3Error('AccessDenied', `Invalid according to Policy: ${reason}`);
}

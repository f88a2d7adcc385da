import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * Accepts findings of cdk-nag on a construct and what is in it, with the reason that a reviewer reads. A test counts
 * the calls: few, and each with a reason of its own.
 *
 * @param ids rules, for wildcards with what they stand for: `AwsSolutions-IAM5[Resource::…]`
 */
export function acknowledge(construct: IConstruct, reason: string, ...ids: readonly string[]): void {
  Validations.of(construct).acknowledge(...ids.map((id) => ({ id, reason })));
}

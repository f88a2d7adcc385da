import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.js';

/** What tasks have in common; what a process itself may do is in its own role. */
export class CommonRights extends Construct {
  /** Pulls images and writes logs; no process has it. */
  readonly executionRole: iam.Role;
  /** Sends traces. */
  readonly tracing: iam.ManagedPolicy;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.executionRole = new iam.Role(this, 'ExecutionRole', { assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com') });
    this.tracing = new iam.ManagedPolicy(this, 'Tracing', {
      description: 'Sending traces to X-Ray',
      statements: [new iam.PolicyStatement({ actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], resources: ['*'] })],
    });
    acknowledge(
      this,
      "Signing in to the account's registry (ecr:GetAuthorizationToken) and sending traces to X-Ray know no resources; neither reads anything. Repositories and log groups are named one by one.",
      'AwsSolutions-IAM5[Resource::*]',
    );
  }
}

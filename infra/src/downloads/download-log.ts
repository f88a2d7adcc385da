import { ArnFormat, Aws, Stack } from 'aws-cdk-lib';
import type * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { StageConfig } from '../config/index.js';
import { logGroup } from '../log-group.js';

/** Without the query, which holds signatures and names of files. */
const recordFields = ['date', 'time', 'x-edge-location', 'sc-bytes', 'c-ip', 'cs-method', 'cs-uri-stem', 'sc-status', 'x-edge-result-type', 'x-edge-request-id', 'time-taken'];

/** Who downloaded what, for as long as access logs are kept elsewhere. */
export class DownloadLog extends Construct {
  constructor(scope: Construct, id: string, { name, observability }: StageConfig, distribution: cloudfront.Distribution) {
    super(scope, id);
    const stack = Stack.of(this);
    const logGroupName = `/atrium/${name}/downloads`;
    const group = logGroup(this, 'Group', logGroupName, observability.logDays);
    const arn = stack.formatArn({ service: 'logs', resource: 'log-group', resourceName: logGroupName, arnFormat: ArnFormat.COLON_RESOURCE_NAME });
    const policy = new logs.CfnResourcePolicy(this, 'Policy', {
      policyName: `atrium-${name}-downloads`,
      policyDocument: stack.toJsonString({
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { Service: 'delivery.logs.amazonaws.com' },
            Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
            Resource: `${arn}:log-stream:*`,
            Condition: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
          },
        ],
      }),
    });
    const source = new logs.CfnDeliverySource(this, 'Source', {
      name: `atrium-${name}-downloads`,
      logType: 'ACCESS_LOGS',
      resourceArn: stack.formatArn({ service: 'cloudfront', region: '', resource: 'distribution', resourceName: distribution.distributionId }),
    });
    const destination = new logs.CfnDeliveryDestination(this, 'Destination', {
      name: `atrium-${name}-downloads`,
      destinationResourceArn: arn,
      outputFormat: 'json',
    });
    destination.node.addDependency(group, policy);
    const delivery = new logs.CfnDelivery(this, 'Delivery', { deliverySourceName: source.name, deliveryDestinationArn: destination.attrArn, recordFields });
    delivery.node.addDependency(source);
  }
}

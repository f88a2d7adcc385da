import { Duration } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as elb from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { StageConfig } from '../config/index.js';
import { internalName } from '../internal-name.js';
import { analystsPort } from '../network/network-stack.js';

export interface AnalystsEntranceProps {
  readonly config: StageConfig;
  readonly vpc: ec2.IVpc;
  /** Who may connect: the company's ranges. */
  readonly securityGroup: ec2.ISecurityGroup;
  /** Of ClickHouse's machine, by which Session Manager forwards a port; unset where there is none. */
  readonly forwarder: ec2.ISecurityGroup | undefined;
  readonly logs: s3.IBucket;
  /** Seconds that a target which leaves goes on finishing queries. */
  readonly deregistrationSeconds: number;
}

/** A load balancer inside the network, before the port on which events speaks ClickHouse's interface to tools. */
export class AnalystsEntrance extends Construct {
  /** Of the tasks of events, which the services stack registers. */
  readonly targetGroup: elb.NetworkTargetGroup;

  constructor(scope: Construct, id: string, props: AnalystsEntranceProps & { readonly name: string }) {
    super(scope, id);
    const { config, vpc, securityGroup, forwarder, name } = props;
    if (forwarder) {
      // Here, since the network must not wait for the machine.
      new ec2.CfnSecurityGroupIngress(this, 'Forwarded', {
        groupId: securityGroup.securityGroupId,
        sourceSecurityGroupId: forwarder.securityGroupId,
        ipProtocol: 'tcp',
        fromPort: 443,
        toPort: 443,
        description: 'ports forwarded by Session Manager',
      });
    }
    const balancer = new elb.NetworkLoadBalancer(this, 'Balancer', {
      vpc,
      internetFacing: false,
      vpcSubnets: { subnetGroupName: 'app' },
      securityGroups: [securityGroup],
      crossZoneEnabled: true,
      deletionProtection: !config.dataMayBeDeleted,
    });
    balancer.logAccessLogs(props.logs, 'analysts');
    this.targetGroup = new elb.NetworkTargetGroup(this, 'Events', {
      vpc,
      port: analystsPort,
      protocol: elb.Protocol.TCP,
      targetType: elb.TargetType.IP,
      preserveClientIp: false,
      deregistrationDelay: Duration.seconds(props.deregistrationSeconds),
      healthCheck: { protocol: elb.Protocol.HTTP, path: '/ping', interval: Duration.seconds(10), timeout: Duration.seconds(5), healthyThresholdCount: 2 },
    });
    balancer.addListener('Https', {
      port: 443,
      protocol: elb.Protocol.TLS,
      certificates: [internalName(this, 'Name', { config, name, balancer })],
      sslPolicy: elb.SslPolicy.TLS13_RES,
      defaultTargetGroups: [this.targetGroup],
    });
  }
}

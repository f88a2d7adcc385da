import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import type * as elb from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import * as route53 from 'aws-cdk-lib/aws-route53';
import { LoadBalancerTarget } from 'aws-cdk-lib/aws-route53-targets';
import { Construct } from 'constructs';
import type { StageConfig } from './config/index.js';

export interface InternalNameProps {
  readonly config: StageConfig;
  /** In the stage's zone. */
  readonly name: string;
  readonly balancer: elb.NetworkLoadBalancer;
}

/**
 * A name for a load balancer inside the network, and the certificate for it. It is in the public zone, since only there
 * ACM can check who owns it: everybody can learn the private address, and nobody outside can reach it.
 */
export function internalName(scope: Construct, id: string, { config: { dns }, name, balancer }: InternalNameProps): acm.Certificate {
  const parent = new Construct(scope, id);
  const zone = route53.HostedZone.fromHostedZoneAttributes(parent, 'Zone', { hostedZoneId: dns.zoneId, zoneName: dns.zoneName });
  new route53.ARecord(parent, 'Address', { zone, recordName: `${name}.`, target: route53.RecordTarget.fromAlias(new LoadBalancerTarget(balancer)) });
  return new acm.Certificate(parent, 'Certificate', { domainName: name, validation: acm.CertificateValidation.fromDns(zone) });
}

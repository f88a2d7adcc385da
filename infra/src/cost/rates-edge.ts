import { prices } from './prices.js';
import { charge, hours, type Rate } from './rate.js';
import { listAt, NoPriceError, textAt } from './template.js';

/** An application load balancer takes the stage's traffic; a network load balancer is for tools alone. */
const loadBalancer: Rate = (resource, { usage }) => {
  const addresses = textAt(resource, 'Scheme') === 'internet-facing' ? Math.max(listAt(resource, 'Subnets').length, listAt(resource, 'SubnetMappings').length) : 0;
  const reachable = charge('Public addresses', addresses * hours, prices.publicAddress);
  switch (textAt(resource, 'Type') ?? 'application') {
    case 'application':
      return [
        charge('ALB', hours, prices.applicationLoadBalancer),
        charge('ALB, capacity', usage.balancerUnits * hours, prices.applicationLoadBalancerUnit),
        charge('Traffic to the internet', usage.trafficOutGb, prices.trafficOut),
        reachable,
      ];
    case 'network':
      return [charge('NLB', hours, prices.networkLoadBalancer), charge('NLB, capacity', toolUnits * hours, prices.networkLoadBalancerUnit), reachable];
    default:
      throw new NoPriceError('a load balancer of this type has no price');
  }
};

/** NLCUs of connections of tools: a few at a time. */
const toolUnits = 0.1;

const firewall: Rate = (resource, { usage, count }) => {
  if (resource.Properties?.['AssociationConfig']) throw new NoPriceError('inspection of larger bodies has no price');
  return [
    charge('WAF', 1, prices.firewall),
    charge('WAF, rules', listAt(resource, 'Rules').length, prices.firewallRule),
    charge('WAF, requests', usage.requestMillions / count(resource.Type), prices.firewallRequests),
  ];
};

const endpoint: Rate = (resource, { usage, resources }) => {
  // CloudFormation's default is a gateway, which costs nothing.
  if (textAt(resource, 'VpcEndpointType') !== 'Interface') return [];
  const interfaces = Object.values(resources).filter((other) => other.Type === resource.Type && textAt(other, 'VpcEndpointType') === 'Interface').length;
  return [
    charge('Interface endpoints', listAt(resource, 'SubnetIds').length * hours, prices.interfaceEndpoint),
    charge('Interface endpoints, traffic', usage.endpointGb / interfaces, prices.interfaceEndpointTraffic),
  ];
};

/** What a type of resource that carries traffic is charged for. */
export const edgeRates: Readonly<Record<string, Rate>> = {
  'AWS::EC2::VPC': (_resource, { usage }) => [charge('Traffic between zones', usage.betweenZonesGb, prices.trafficBetweenZones)],
  'AWS::EC2::NatGateway': (resource, { usage, count }) => [
    charge('NAT gateways', hours, prices.natGateway),
    charge('NAT gateways, traffic', usage.natGb / count(resource.Type), prices.natTraffic),
  ],
  'AWS::EC2::EIP': () => [charge('Public addresses', hours, prices.publicAddress)],
  'AWS::EC2::VPCEndpoint': endpoint,
  'AWS::ElasticLoadBalancingV2::LoadBalancer': loadBalancer,
  'AWS::WAFv2::WebACL': firewall,
  'AWS::Route53::HostedZone': () => [charge('Hosted zones', 1, prices.hostedZone)],
  'AWS::CloudFront::Distribution': (_resource, { usage: { distribution } }) => [
    charge('CloudFront, traffic', distribution.gb, prices.distributionTraffic),
    charge('CloudFront, requests', distribution.requestMillions, prices.distributionRequests),
  ],
  'AWS::CloudFront::Function': (_resource, { usage }) => [charge('CloudFront, functions', usage.distribution.requestMillions, prices.distributionFunction)],
};

import { expect, it } from 'vitest';
import { property, type Synthesized } from './synthesized.js';

/** What holds of the network, in each stage. */
export function networkHolds(stage: () => Synthesized): void {
  it('opens nothing but the load balancer to the internet', () => {
    const open = [...stage().resources('AWS::EC2::SecurityGroup'), ...stage().resources('AWS::EC2::SecurityGroupIngress')].filter(
      ([, resource]) =>
        JSON.stringify(property(resource, 'SecurityGroupIngress') ?? '').includes('0.0.0.0/0') || property(resource, 'CidrIp') === '0.0.0.0/0',
    );
    for (const [name] of open) expect(name).toMatch(/LoadBalancer/);
  });

  it('spreads over the zones of the configuration', () => {
    const zones = [...stage().resources('AWS::EC2::Subnet').values()].map((subnet) => property(subnet, 'AvailabilityZone'));
    expect(new Set(zones)).toEqual(new Set(stage().config.network.zones));
    expect(stage().resources('AWS::EC2::NatGateway').size).toBe(stage().config.network.natGateways);
  });
}

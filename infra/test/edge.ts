import { errorCodes, errorEnvelope, maxBodyBytesOf } from '@atrium/contract-kit';
import { allEndpoints } from '@atrium/contracts';
import { expect, it } from 'vitest';
import { counted } from '../src/edge/waf-rules.js';
import { property, type Resource, type Synthesized } from './synthesized.js';

/** Names in AWS's groups, as its list had them in November 2026: a name that isn't there fails a deployment. */
const namesInGroups: Readonly<Record<string, string>> = {
  AWSManagedRulesCommonRuleSet:
    'NoUserAgent_HEADER UserAgent_BadBots_HEADER SizeRestrictions_QUERYSTRING SizeRestrictions_Cookie_HEADER SizeRestrictions_BODY ' +
    'SizeRestrictions_URIPATH EC2MetaDataSSRF_BODY EC2MetaDataSSRF_COOKIE EC2MetaDataSSRF_URIPATH EC2MetaDataSSRF_QUERYARGUMENTS ' +
    'GenericLFI_QUERYARGUMENTS GenericLFI_URIPATH GenericLFI_BODY RestrictedExtensions_URIPATH RestrictedExtensions_QUERYARGUMENTS ' +
    'GenericRFI_QUERYARGUMENTS GenericRFI_BODY GenericRFI_URIPATH CrossSiteScripting_COOKIE CrossSiteScripting_QUERYARGUMENTS ' +
    'CrossSiteScripting_BODY CrossSiteScripting_URIPATH',
  AWSManagedRulesKnownBadInputsRuleSet:
    'JavaDeserializationRCE_HEADER JavaDeserializationRCE_BODY JavaDeserializationRCE_URIPATH JavaDeserializationRCE_QUERYSTRING ' +
    'Host_localhost_HEADER PROPFIND_METHOD ExploitablePaths_URIPATH Log4JRCE_HEADER Log4JRCE_QUERYSTRING Log4JRCE_BODY Log4JRCE_URIPATH ' +
    'ReactJSRCE_BODY',
};

/** What holds where the internet comes in, in each stage. */
export function edgeHolds(stage: () => Synthesized): void {
  const one = (type: string): Resource => {
    const found = [...stage().resources(type, 'Edge').values()];
    expect(found).toHaveLength(1);
    return found[0] as Resource;
  };

  it('answers HTTP with the redirect to HTTPS alone, and HTTPS with TLS 1.2 at least', () => {
    const listeners = [...stage().resources('AWS::ElasticLoadBalancingV2::Listener', 'Edge').values()].filter((listener) => property(listener, 'Protocol') !== 'TLS');
    const [http, https] = [80, 443].map((port) => listeners.find((listener) => property(listener, 'Port') === port));
    expect(listeners).toHaveLength(2);
    expect(http?.Properties).toMatchObject({ DefaultActions: [{ Type: 'redirect', RedirectConfig: { Protocol: 'HTTPS', StatusCode: 'HTTP_301' } }] });
    expect(https?.Properties).toMatchObject({ Protocol: 'HTTPS', SslPolicy: expect.stringMatching(/TLS13-1-[23]/) });
    const [certificate] = stage().resources('AWS::CertificateManager::Certificate', 'Edge').values();
    expect(certificate?.Properties).toMatchObject({ DomainName: stage().config.dns.apiName, ValidationMethod: 'DNS' });
  });

  it('asks WAF before every request', () => {
    expect(JSON.stringify(one('AWS::WAFv2::WebACLAssociation').Properties)).toContain('"Ref":"LoadBalancer');
    expect(JSON.stringify(one('AWS::WAFv2::WebACL').Properties)).toContain(`"Limit":${stage().config.edge.wafRequestsPerFiveMinutes}`);
  });

  it('blocks bodies that no endpoint takes, and none that one does', () => {
    const largest = Math.max(...allEndpoints.map(maxBodyBytesOf));
    const rules = property(one('AWS::WAFv2::WebACL'), 'Rules') as { Name: string; Statement: { RegexMatchStatement?: { RegexString: string } } }[];
    const pattern = new RegExp(rules.find(({ Name }) => Name === 'LargeBody')?.Statement.RegexMatchStatement?.RegexString ?? '');
    expect(pattern.test(String(largest))).toBe(false);
    expect(pattern.test(String(largest + 1))).toBe(true);
    // Why the group's own bound of 8 KiB only counts.
    expect(largest).toBeGreaterThan(8_192);
  });

  it('counts only rules that exist, each for a reason', () => {
    for (const [group, rules] of Object.entries(counted)) {
      for (const [rule, reason] of Object.entries(rules)) {
        expect(namesInGroups[group]?.split(' ')).toContain(rule);
        expect(reason.length).toBeGreaterThan(40);
      }
    }
  });

  it("answers what it blocks itself in the platform's own envelope", () => {
    const bodies = property(one('AWS::WAFv2::WebACL'), 'CustomResponseBodies') as Record<string, { Content: string }>;
    const codes = Object.values(bodies).map(({ Content }) => errorEnvelope.parse(JSON.parse(Content)).error.code);
    expect(codes.map((code) => errorCodes[code].status).sort()).toEqual([413, 429]);
  });

  it('lets tools inside the company reach the analysts’ port of events, by TLS, where the stage says so, and nobody else', () => {
    const { analysts, clickHouse, dns } = stage().config;
    const balancers = [...stage().resources('AWS::ElasticLoadBalancingV2::LoadBalancer', 'Edge').values()];
    expect(balancers.filter((balancer) => property(balancer, 'Scheme') === 'internet-facing')).toHaveLength(1);
    expect(balancers).toHaveLength(analysts ? 2 : 1);
    const events = [...stage().resources('AWS::ECS::Service').values()].find((service) => String(property(service, 'ServiceName')).endsWith('-events'));
    if (!analysts) return void expect(property(events as Resource, 'LoadBalancers')).toBeUndefined();
    expect(analysts.name.endsWith(`.${dns.zoneName}`)).toBe(true);
    expect(property(events as Resource, 'LoadBalancers')).toMatchObject([{ ContainerName: 'events', ContainerPort: 8124 }]);
    const [[, group] = []] = [...stage().resources('AWS::EC2::SecurityGroup', 'Network')].filter(([name]) => /\/Analysts/.test(name));
    const sources = (property(group as Resource, 'SecurityGroupIngress') ?? []) as { CidrIp: string; FromPort: number }[];
    expect(sources.map(({ CidrIp, FromPort }) => [CidrIp, FromPort])).toEqual(analysts.ranges.map((range) => [range, 443]));
    const forwarded = [...stage().resources('AWS::EC2::SecurityGroupIngress', 'Edge').values()];
    expect(forwarded).toHaveLength(clickHouse.mode === 'ec2' ? 1 : 0);
  });
}

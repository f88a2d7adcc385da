import type { CfnWebACL } from 'aws-cdk-lib/aws-wafv2';

const visibility = (metricName: string): CfnWebACL.VisibilityConfigProperty => ({
  cloudWatchMetricsEnabled: true,
  metricName,
  sampledRequestsEnabled: false,
});

/**
 * Rules that only count: they look into bodies, where events and questions in SQL hold what an attack would (a page's
 * address, a quoted script), and are larger than 8 KiB. The gateway judges bodies by schema and by size.
 */
const counted = ['SizeRestrictions_BODY', 'CrossSiteScripting_BODY', 'GenericLFI_BODY', 'GenericRFI_BODY', 'EC2MetaDataSSRF_BODY'];

const managed = (name: string, priority: number, countOnly: readonly string[] = []): CfnWebACL.RuleProperty => ({
  name,
  priority,
  overrideAction: { none: {} },
  visibilityConfig: visibility(name),
  statement: {
    managedRuleGroupStatement: {
      vendorName: 'AWS',
      name,
      ruleActionOverrides: countOnly.map((rule) => ({ name: rule, actionToUse: { count: {} } })),
    },
  },
});

/** AWS's lists of known attackers and attacks, and a bound on requests of one address. */
export const wafRules = (requestsPerFiveMinutes: number): CfnWebACL.RuleProperty[] => [
  {
    name: 'OneAddress',
    priority: 0,
    action: { block: {} },
    visibilityConfig: visibility('OneAddress'),
    statement: { rateBasedStatement: { limit: requestsPerFiveMinutes, aggregateKeyType: 'IP', evaluationWindowSec: 300 } },
  },
  managed('AWSManagedRulesAmazonIpReputationList', 1),
  managed('AWSManagedRulesKnownBadInputsRuleSet', 2),
  managed('AWSManagedRulesCommonRuleSet', 3, counted),
];

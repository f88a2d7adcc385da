import { errorCodes, type ErrorCode } from '@atrium/contract-kit';
import type { CfnWebACL } from 'aws-cdk-lib/aws-wafv2';
import { numbersAbove } from './numbers-above.js';

const visibility = (metricName: string): CfnWebACL.VisibilityConfigProperty => ({
  cloudWatchMetricsEnabled: true,
  metricName,
  sampledRequestsEnabled: false,
});

const bodyIsContent =
  'Bodies hold events, files of names, questions in SQL and passwords, in which a quoted script, a path or an address is content: the gateway judges them by schema and by size, and one event of an attacker must not cost a batch of a thousand.';

/**
 * Rules of AWS's groups that count without blocking, each because our own traffic would meet it. WAF behind a load
 * balancer sees the first 8 KiB of a body and no more, whatever is set.
 */
export const counted: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  AWSManagedRulesCommonRuleSet: {
    SizeRestrictions_BODY: 'Blocks bodies above 8 KiB, which every batch of events is; the rule LargeBody bounds what clients announce, the gateway what they send.',
    CrossSiteScripting_BODY: bodyIsContent,
    GenericLFI_BODY: bodyIsContent,
    GenericRFI_BODY: bodyIsContent,
    EC2MetaDataSSRF_BODY: bodyIsContent,
    SizeRestrictions_QUERYSTRING: 'Blocks above 2 KiB: codes and states of issuers, cursors and filters are longer; the gateway bounds the whole head at 16 KiB.',
    GenericRFI_QUERYARGUMENTS: 'Blocks addresses with an IP in a query: apps on a desktop have themselves called back at http://127.0.0.1 (RFC 8252).',
    EC2MetaDataSSRF_QUERYARGUMENTS: 'As GenericRFI_QUERYARGUMENTS: no service fetches what a query names.',
    RestrictedExtensions_QUERYARGUMENTS: 'Blocks values that end in .log, .ini or .bak: people search their files by such names.',
    NoUserAgent_HEADER: 'Blocks clients that do not name themselves: beacons and small HTTP clients do not.',
  },
  AWSManagedRulesKnownBadInputsRuleSet: {
    JavaDeserializationRCE_BODY: bodyIsContent,
    Log4JRCE_BODY: bodyIsContent,
    ReactJSRCE_BODY: bodyIsContent,
  },
};

const managed = (name: string, priority: number): CfnWebACL.RuleProperty => ({
  name,
  priority,
  overrideAction: { none: {} },
  visibilityConfig: visibility(name),
  statement: {
    managedRuleGroupStatement: {
      vendorName: 'AWS',
      name,
      ruleActionOverrides: Object.keys(counted[name] ?? {}).map((rule) => ({ name: rule, actionToUse: { count: {} } })),
    },
  },
});

/** What WAF answers itself, as the gateway would; ids of requests are made behind it. */
const answers = { rateLimited: 'RATE_LIMITED', tooLarge: 'PAYLOAD_TOO_LARGE' } as const satisfies Record<string, ErrorCode>;

export const wafAnswers: Record<string, CfnWebACL.CustomResponseBodyProperty> = Object.fromEntries(
  Object.entries(answers).map(([key, code]) => [
    key,
    {
      contentType: 'APPLICATION_JSON',
      content: JSON.stringify({ error: { code, message: errorCodes[code].message, details: [], request_id: '' } }),
    },
  ]),
);

const blockWith = (key: keyof typeof answers): CfnWebACL.RuleActionProperty => ({
  block: { customResponse: { responseCode: errorCodes[answers[key]].status, customResponseBodyKey: key } },
});

export interface WafLimits {
  /** Of one address. */
  readonly requestsPerFiveMinutes: number;
  /** Bytes of a body that any endpoint takes at most. */
  readonly maxBodyBytes: number;
}

/** AWS's lists of known attackers and attacks, a bound on requests of one address, and one on what it announces to send. */
export const wafRules = ({ requestsPerFiveMinutes, maxBodyBytes }: WafLimits): CfnWebACL.RuleProperty[] => [
  {
    name: 'OneAddress',
    priority: 0,
    action: blockWith('rateLimited'),
    visibilityConfig: visibility('OneAddress'),
    statement: { rateBasedStatement: { limit: requestsPerFiveMinutes, aggregateKeyType: 'IP', evaluationWindowSec: 300 } },
  },
  {
    name: 'LargeBody',
    priority: 1,
    action: blockWith('tooLarge'),
    visibilityConfig: visibility('LargeBody'),
    statement: {
      regexMatchStatement: {
        fieldToMatch: { singleHeader: { Name: 'content-length' } },
        regexString: numbersAbove(maxBodyBytes),
        textTransformations: [{ priority: 0, type: 'NONE' }],
      },
    },
  },
  managed('AWSManagedRulesAmazonIpReputationList', 2),
  managed('AWSManagedRulesKnownBadInputsRuleSet', 3),
  managed('AWSManagedRulesCommonRuleSet', 4),
];

import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import { S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as route53 from 'aws-cdk-lib/aws-route53';
import { CloudFrontTarget } from 'aws-cdk-lib/aws-route53-targets';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.js';
import type { DownloadsConfig, StageConfig } from '../config/index.js';
import { names } from '../names.js';
import { alarmTopic } from '../observability/alarm-topic.js';
import { Alarms } from '../observability/alarms.js';
import { downloadHeaders } from './download-headers.js';
import { DownloadLog } from './download-log.js';

export interface DownloadsStackProps extends StackProps {
  readonly config: StageConfig;
  readonly downloads: DownloadsConfig;
}

/** CloudFront takes its certificates, and tells its metrics and logs, in this region alone. */
export const downloadsRegion = 'us-east-1';

/**
 * Downloads near those who download: a distribution before the ready bucket, which answers URLs alone that the gallery
 * has signed. The bucket lets it in by a policy of its own (data stack), by name: no stack waits for one of another region.
 */
export class DownloadsStack extends Stack {
  constructor(scope: Construct, id: string, { config, downloads, ...props }: DownloadsStackProps) {
    super(scope, id, props);
    const { dns } = config;
    const zone = route53.HostedZone.fromHostedZoneAttributes(this, 'Zone', { hostedZoneId: dns.zoneId, zoneName: dns.zoneName });
    const certificate = new acm.Certificate(this, 'Certificate', { domainName: downloads.name, validation: acm.CertificateValidation.fromDns(zone) });
    const bucket = s3.Bucket.fromBucketAttributes(this, 'Ready', { bucketName: names.readyBucket(config), region: config.region });
    const distribution = new cloudfront.Distribution(this, 'Distribution', {
      comment: `Downloads of Atrium ${config.name}`,
      domainNames: [downloads.name],
      certificate,
      minimumProtocolVersion: cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
      httpVersion: cloudfront.HttpVersion.HTTP2_AND_3,
      priceClass: cloudfront.PriceClass.PRICE_CLASS_100,
      defaultBehavior: {
        origin: S3BucketOrigin.withOriginAccessControl(bucket),
        viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
        allowedMethods: cloudfront.AllowedMethods.ALLOW_GET_HEAD_OPTIONS,
        compress: false,
        trustedKeyGroups: [this.keys(config, downloads)],
        responseHeadersPolicy: downloadHeaders(this, config),
        // The name and type that a file is kept under are in its URL, and signed with it: S3 has to see them.
        cachePolicy: new cloudfront.CachePolicy(this, 'Cache', {
          cachePolicyName: `atrium-${config.name}-downloads`,
          queryStringBehavior: cloudfront.CacheQueryStringBehavior.allowList('response-content-disposition', 'response-content-type'),
          minTtl: Duration.seconds(0),
          defaultTtl: Duration.hours(1),
          // An erased file is gone from everywhere a day later; nobody is given a URL of it from the first second on.
          maxTtl: Duration.days(1),
        }),
      },
    });
    acknowledge(
      distribution,
      'Customers are everywhere. It answers nothing but signed URLs of five minutes from one bucket: there is no application behind that WAF could guard. Logs go by delivery to CloudWatch without the signatures, which the rule does not know yet.',
      'AwsSolutions-CFR1',
      'AwsSolutions-CFR2',
      'AwsSolutions-CFR3',
    );
    new DownloadLog(this, 'Log', config, distribution);
    new route53.ARecord(this, 'Address', { zone, recordName: `${downloads.name}.`, target: route53.RecordTarget.fromAlias(new CloudFrontTarget(distribution)) });
    this.watch(config, distribution, certificate);
  }

  /** Two while they change: whoever signs with the first is still believed. */
  private keys({ name }: StageConfig, { publicKeys }: DownloadsConfig): cloudfront.KeyGroup {
    const items = publicKeys.map((encodedKey) => {
      const own = fingerprint(encodedKey);
      const key = new cloudfront.PublicKey(this, `Key${own}`, { publicKeyName: `atrium-${name}-${own}`, encodedKey });
      new CfnOutput(this, `KeyPairId${own}`, { value: key.publicKeyId, description: `key_pair_id of ${names.secret({ name }, 'gallery/downloads-key')}` });
      return key;
    });
    return new cloudfront.KeyGroup(this, 'Keys', { keyGroupName: `atrium-${name}-downloads`, items });
  }

  private watch(config: StageConfig, distribution: cloudfront.Distribution, certificate: acm.Certificate): void {
    const topic = alarmTopic(this, `atrium-${config.name}-downloads-alarms`, config);
    const alarms = new Alarms(this, 'Alarms', `atrium-${config.name}-`, topic);
    alarms.certificate('downloads-certificate', 'downloads', certificate);
    alarms.add({
      name: 'downloads-errors',
      meaning: 'More than 1 % of downloads were answered 5xx.',
      runbook: 'downloads',
      metric: new cloudwatch.Metric({
        namespace: 'AWS/CloudFront',
        metricName: '5xxErrorRate',
        dimensionsMap: { DistributionId: distribution.distributionId, Region: 'Global' },
        statistic: 'Average',
        period: Duration.minutes(5),
      }),
      threshold: 1,
      minutes: 10,
    });
  }
}

/** A key can't be changed: another one is another resource, of another name. */
const fingerprint = (pem: string): string => pem.replaceAll(/-----[^-]+-----|[^A-Za-z0-9]/g, '').slice(-12);

import { maxBodyBytesOf } from '@atrium/contract-kit';
import { allEndpoints } from '@atrium/contracts';
import { ArnFormat, Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as elb from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as route53 from 'aws-cdk-lib/aws-route53';
import { LoadBalancerTarget } from 'aws-cdk-lib/aws-route53-targets';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import * as wafv2 from 'aws-cdk-lib/aws-wafv2';
import type { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.js';
import type { StageConfig } from '../config/index.js';
import { servicePort } from '../network/network-stack.js';
import { AnalystsEntrance } from './analysts-entrance.js';
import { wafAnswers, wafRules } from './waf-rules.js';

export interface EdgeStackProps extends StackProps {
  readonly config: StageConfig;
  readonly vpc: ec2.IVpc;
  readonly securityGroup: ec2.ISecurityGroup;
  /** Where tools inside the company are let in. */
  readonly analysts: ec2.ISecurityGroup | undefined;
  /** Of ClickHouse's machine, where the stage has one. */
  readonly forwarder: ec2.ISecurityGroup | undefined;
  /** Takes access logs. */
  readonly logs: s3.IBucket;
}

/** Bytes: what the endpoint with the largest body takes; the gateway holds each to its own. */
const largestBody = Math.max(...allEndpoints.map(maxBodyBytesOf));

/** Seconds that a target which leaves goes on finishing requests; a test holds it against the app's own drain. */
const deregistrationSeconds = 20;

/** Where the internet comes in: name, certificate, firewall, and the load balancer before the gateway. */
export class EdgeStack extends Stack {
  readonly loadBalancer: elb.ApplicationLoadBalancer;
  /** Of the gateway's tasks, which the services stack registers. */
  readonly gateway: elb.ApplicationTargetGroup;
  /** Tools inside the company; unset where the stage lets none in. */
  readonly analysts: AnalystsEntrance | undefined;
  readonly certificate: acm.Certificate;
  /** Rolls a deployment of the gateway back. */
  readonly errorsAlarmName: string;
  readonly errorsAlarm: cloudwatch.Alarm;
  /** By which autoscaling knows the gateway's requests. */
  readonly requestsLabel: string;

  constructor(scope: Construct, id: string, { config, vpc, securityGroup, analysts, forwarder, logs: bucket, ...props }: EdgeStackProps) {
    super(scope, id, props);
    const { dns } = config;
    const zone = route53.HostedZone.fromHostedZoneAttributes(this, 'Zone', { hostedZoneId: dns.zoneId, zoneName: dns.zoneName });
    this.certificate = new acm.Certificate(this, 'Certificate', {
      domainName: dns.apiName,
      validation: acm.CertificateValidation.fromDns(zone),
    });
    this.loadBalancer = new elb.ApplicationLoadBalancer(this, 'LoadBalancer', {
      vpc,
      securityGroup,
      internetFacing: true,
      vpcSubnets: { subnetGroupName: 'public' },
      // Below the gateway's CLIENT_KEEP_ALIVE_MS: the balancer closes first, so that no request meets a closed connection.
      idleTimeout: Duration.seconds(60),
      deletionProtection: !config.dataMayBeDeleted,
      dropInvalidHeaderFields: true,
    });
    this.loadBalancer.logAccessLogs(bucket, 'load-balancer');
    this.gateway = new elb.ApplicationTargetGroup(this, 'Gateway', {
      vpc,
      port: servicePort,
      protocol: elb.ApplicationProtocol.HTTP,
      targetType: elb.TargetType.IP,
      deregistrationDelay: Duration.seconds(deregistrationSeconds),
      healthCheck: { path: '/health/ready', interval: Duration.seconds(10), timeout: Duration.seconds(5), healthyThresholdCount: 2 },
    });
    this.loadBalancer.addListener('Https', {
      port: 443,
      certificates: [this.certificate],
      sslPolicy: elb.SslPolicy.TLS13_RES,
      defaultTargetGroups: [this.gateway],
    });
    this.loadBalancer.addRedirect();
    this.requestsLabel = `${this.loadBalancer.loadBalancerFullName}/${this.gateway.targetGroupFullName}`;
    this.errorsAlarmName = `atrium-${config.name}-gateway-errors`;
    this.errorsAlarm = new cloudwatch.Alarm(this, 'Errors', {
      alarmName: this.errorsAlarmName,
      alarmDescription: 'More than 1 % of requests were answered 5xx. Runbook: docs/runbooks/aws-alarms.md#errors',
      metric: this.errorPercent(),
      threshold: 1,
      evaluationPeriods: 3,
      datapointsToAlarm: 2,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });
    new route53.ARecord(this, 'Address', {
      zone,
      recordName: `${dns.apiName}.`,
      target: route53.RecordTarget.fromAlias(new LoadBalancerTarget(this.loadBalancer)),
    });
    acknowledge(
      securityGroup,
      'The public entrance of the API: HTTPS for everybody, and HTTP for nothing but the redirect to it.',
      'AwsSolutions-EC23',
    );
    this.protect(config);
    this.analysts =
      config.analysts && analysts
        ? new AnalystsEntrance(this, 'Analysts', { config, vpc, securityGroup: analysts, forwarder, logs: bucket, deregistrationSeconds, name: config.analysts.name })
        : undefined;
  }

  /** 5xx of the gateway and of the load balancer itself, in percent of requests, where there are enough to say so. */
  private errorPercent(): cloudwatch.MathExpression {
    const options = { period: Duration.minutes(1), statistic: 'Sum' };
    const { metrics } = this.loadBalancer;
    return new cloudwatch.MathExpression({
      label: '% of requests answered 5xx',
      expression: 'IF(requests > 20, 100 * (FILL(target, 0) + FILL(balancer, 0)) / requests, 0)',
      usingMetrics: {
        requests: metrics.requestCount(options),
        target: metrics.httpCodeTarget(elb.HttpCodeTarget.TARGET_5XX_COUNT, options),
        balancer: metrics.httpCodeElb(elb.HttpCodeElb.ELB_5XX_COUNT, options),
      },
      period: Duration.minutes(1),
    });
  }

  private protect({ name, edge, observability }: StageConfig): void {
    const acl = new wafv2.CfnWebACL(this, 'Firewall', {
      name: `atrium-${name}`,
      scope: 'REGIONAL',
      defaultAction: { allow: {} },
      visibilityConfig: { cloudWatchMetricsEnabled: true, metricName: `atrium-${name}`, sampledRequestsEnabled: false },
      customResponseBodies: wafAnswers,
      rules: wafRules({ requestsPerFiveMinutes: edge.wafRequestsPerFiveMinutes, maxBodyBytes: largestBody }),
    });
    new wafv2.CfnWebACLAssociation(this, 'Protected', {
      resourceArn: this.loadBalancer.loadBalancerArn,
      webAclArn: acl.attrArn,
    });
    // WAF takes no other prefix.
    const logName = `aws-waf-logs-atrium-${name}`;
    const log = new logs.LogGroup(this, 'FirewallLog', {
      logGroupName: logName,
      retention: observability.logDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const logging = new wafv2.CfnLoggingConfiguration(this, 'FirewallLogging', {
      resourceArn: acl.attrArn,
      logDestinationConfigs: [
        this.formatArn({ service: 'logs', resource: 'log-group', resourceName: logName, arnFormat: ArnFormat.COLON_RESOURCE_NAME }),
      ],
      // Tokens and keys are in these.
      redactedFields: ['authorization', 'cookie', 'x-write-key'].map((Name) => ({ singleHeader: { Name } })),
    });
    logging.node.addDependency(log);
  }
}

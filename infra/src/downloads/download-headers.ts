import { Duration } from 'aws-cdk-lib';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import type { Construct } from 'constructs';
import type { StageConfig } from '../config/index.js';

/** What browsers are told of a file of somebody: the web app may read it, and it may do nothing itself. */
export const downloadHeaders = (scope: Construct, { name, dns }: StageConfig): cloudfront.ResponseHeadersPolicy =>
  new cloudfront.ResponseHeadersPolicy(scope, 'Headers', {
    responseHeadersPolicyName: `atrium-${name}-downloads`,
    corsBehavior: {
      accessControlAllowOrigins: [new URL(dns.appUrl).origin],
      accessControlAllowMethods: ['GET', 'HEAD'],
      accessControlAllowHeaders: ['*'],
      accessControlExposeHeaders: ['ETag', 'Content-Length', 'Content-Range'],
      accessControlAllowCredentials: false,
      accessControlMaxAge: Duration.hours(1),
      originOverride: true,
    },
    securityHeadersBehavior: {
      contentTypeOptions: { override: true },
      strictTransportSecurity: { accessControlMaxAge: Duration.days(365), includeSubdomains: false, override: true },
      // The URL is a key to the file for as long as it lasts.
      referrerPolicy: { referrerPolicy: cloudfront.HeadersReferrerPolicy.NO_REFERRER, override: true },
      contentSecurityPolicy: { contentSecurityPolicy: "default-src 'none'; sandbox", override: true },
    },
    // Pages of the web app show it, from another origin; nobody keeps it in a shared cache between.
    customHeadersBehavior: {
      customHeaders: [
        { header: 'Cross-Origin-Resource-Policy', value: 'cross-origin', override: true },
        { header: 'Cache-Control', value: 'private, max-age=300', override: true },
      ],
    },
  });

import { createPublicKey } from 'node:crypto';
import { expect, it } from 'vitest';
import { property, type Resource, type Synthesized } from './synthesized.js';

/** What holds of downloads by CloudFront, in each stage. */
export function downloadsHold(stage: () => Synthesized): void {
  const one = (type: string): Resource => {
    const found = [...stage().resources(type, 'Downloads').values()];
    expect(found, type).toHaveLength(1);
    return found[0] as Resource;
  };
  const gallery = () => JSON.stringify([...stage().resources('AWS::ECS::TaskDefinition').values()].filter((task) => String(property(task, 'Family')).endsWith('-gallery')));
  const readyPolicy = () => JSON.stringify([...stage().resources('AWS::S3::BucketPolicy', 'Data')].filter(([name]) => name.includes('AssetsReady')));

  it('signs for CloudFront only where the stage has it, and lets nobody else in', () => {
    const { downloads } = stage().config;
    expect(gallery().includes('DOWNLOADS_URL')).toBe(downloads?.inUse ?? false);
    expect(gallery().includes('DOWNLOADS_KEY_SECRET_ID')).toBe(downloads?.inUse ?? false);
    expect(readyPolicy().includes('cloudfront.amazonaws.com')).toBe(downloads !== undefined);
    expect(stage().resources(undefined, 'Downloads').size > 0).toBe(downloads !== undefined);
  });

  it('answers signed URLs alone, by TLS 1.2, from the ready bucket, which only distributions of the account read', () => {
    const { downloads, name } = stage().config;
    if (!downloads) return;
    const config = property(one('AWS::CloudFront::Distribution'), 'DistributionConfig');
    expect(config).toMatchObject({
      Aliases: [downloads.name],
      DefaultCacheBehavior: { ViewerProtocolPolicy: 'https-only', TrustedKeyGroups: [{ Ref: expect.stringMatching(/^Keys/) }] },
      ViewerCertificate: { MinimumProtocolVersion: 'TLSv1.2_2021' },
    });
    expect(config).not.toHaveProperty('CacheBehaviors');
    expect(JSON.stringify(config)).toContain(`atrium-${name}-ready-`);
    expect(JSON.stringify(config)).not.toContain('quarantine');
    expect(one('AWS::CloudFront::OriginAccessControl').Properties).toMatchObject({ OriginAccessControlConfig: { SigningBehavior: 'always', SigningProtocol: 'sigv4' } });
    expect(readyPolicy()).toContain('"ArnLike":{"aws:SourceArn":');
  });

  it('takes keys that can sign', () => {
    for (const key of stage().config.downloads?.publicKeys ?? []) expect(['ec', 'rsa']).toContain(createPublicKey(key).asymmetricKeyType);
  });

  it('shows S3 what the signer puts into the URL, and keeps apart what differs by it', () => {
    if (!stage().config.downloads) return;
    expect(property(one('AWS::CloudFront::CachePolicy'), 'CachePolicyConfig', 'ParametersInCacheKeyAndForwardedToOrigin', 'QueryStringsConfig')).toEqual({
      QueryStringBehavior: 'whitelist',
      QueryStrings: ['response-content-disposition', 'response-content-type'],
    });
  });

  it('lets a file do nothing in a browser, and logs no signature', () => {
    if (!stage().config.downloads) return;
    const headers = property(one('AWS::CloudFront::ResponseHeadersPolicy'), 'ResponseHeadersPolicyConfig');
    expect(headers).toMatchObject({
      CorsConfig: { AccessControlAllowOrigins: { Items: [new URL(stage().config.dns.appUrl).origin] }, AccessControlAllowCredentials: false },
      SecurityHeadersConfig: {
        ContentTypeOptions: { Override: true },
        ContentSecurityPolicy: { ContentSecurityPolicy: "default-src 'none'; sandbox" },
        ReferrerPolicy: { ReferrerPolicy: 'no-referrer' },
        StrictTransportSecurity: { AccessControlMaxAgeSec: 31_536_000 },
      },
    });
    const fields = property(one('AWS::Logs::Delivery'), 'RecordFields');
    expect(fields).toContain('sc-status');
    expect(fields).not.toContain('cs-uri-query');
  });
}

/** Where the objects of a bucket are, resolved once. */
export interface BucketAddress {
  readonly bucket: string;
  /** `https://bucket.s3.eu-central-1.amazonaws.com` */
  readonly origin: string;
  /** Host header of a request. */
  readonly host: string;
  /** `/`, or `/bucket/` where the bucket stands in the path. */
  readonly pathPrefix: string;
}

export interface AddressSettings {
  readonly region: string;
  /** S3 as clients reach it; AWS's own where unset. */
  readonly publicEndpoint: string | undefined;
  readonly forcePathStyle: boolean;
}

/** Leaves the rules of partitions, styles and endpoints to the SDK, by asking it for a URL. Makes no request. */
export async function resolveBucketAddress(bucket: string, settings: AddressSettings): Promise<BucketAddress> {
  const [{ GetObjectCommand, S3Client }, { getSignedUrl }] = await Promise.all([
    import('@aws-sdk/client-s3'),
    import('@aws-sdk/s3-request-presigner'),
  ]);
  const client = new S3Client({
    region: settings.region,
    forcePathStyle: settings.forcePathStyle,
    credentials: { accessKeyId: 'nobody', secretAccessKey: 'nothing' },
    ...(settings.publicEndpoint === undefined ? {} : { endpoint: settings.publicEndpoint }),
  });
  const { origin, host, pathname } = new URL(await getSignedUrl(client, new GetObjectCommand({ Bucket: bucket, Key: 'k' })));
  client.destroy();
  return { bucket, origin, host, pathPrefix: pathname.slice(0, -1) };
}

/** Where a form for the bucket is sent. */
export const formUrlOf = ({ origin, pathPrefix }: BucketAddress): string =>
  pathPrefix === '/' ? `${origin}/` : origin + pathPrefix.slice(0, -1);

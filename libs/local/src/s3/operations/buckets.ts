import type { Operation } from '../exchange.js';
import { S3Error } from '../protocol/s3-error.js';
import { buildXml } from '../protocol/s3-xml.js';
import { readSmallBody } from './small-body.js';
import { targetBucket } from './target.js';

export const headBucket: Operation = async (exchange) => {
  targetBucket(exchange);
  return Promise.resolve({ status: 200, headers: { 'x-amz-bucket-region': exchange.services.signing.region } });
};

export const getBucketLocation: Operation = async (exchange) => {
  targetBucket(exchange);
  const { region } = exchange.services.signing;
  // us-east-1 is written as no location at all.
  return Promise.resolve({ status: 200, body: buildXml('LocationConstraint', region === 'us-east-1' ? {} : { '#text': region }) });
};

export const createBucket: Operation = async (exchange) => {
  const name = exchange.request.bucket ?? '';
  if (exchange.services.store.hasBucket(name)) {
    throw new S3Error('BucketAlreadyOwnedByYou', 'Your previous request to create the named bucket succeeded and you already own it.', {
      BucketName: name,
    });
  }
  if (exchange.request.headers.get('content-length')) await readSmallBody(exchange);
  await exchange.services.store.ensureBucket(name);
  return { status: 200, headers: { location: `/${name}` } };
};

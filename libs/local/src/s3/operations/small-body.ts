import { readBodyExpectations } from '../body/body-expectations.js';
import { receiveBody } from '../body/body-receiver.js';
import type { SignedExchange } from '../exchange.js';
import { S3Error } from '../protocol/s3-error.js';
import { parseXml } from '../protocol/s3-xml.js';

const MAX_DOCUMENT_BYTES = 2 * 1024 ** 2;

/** Reads a whole small body, verified like an object's. @throws S3Error `MaxMessageLengthExceeded` and the body's own */
export async function readSmallBody(exchange: SignedExchange): Promise<Buffer> {
  const expected = readBodyExpectations(exchange.request, exchange.payloadHash);
  if (expected.length > MAX_DOCUMENT_BYTES) throw new S3Error('MaxMessageLengthExceeded', 'Your request was too big.');
  const chunks: Buffer[] = [];
  await receiveBody(exchange.body(), expected, (chunk) => Promise.resolve(void chunks.push(chunk)));
  return Buffer.concat(chunks);
}

/** @throws S3Error `MalformedXML` */
export async function readXmlBody(exchange: SignedExchange): Promise<unknown> {
  const document = parseXml((await readSmallBody(exchange)).toString('utf8'));
  if (document === undefined) throw malformedXml();
  return document;
}

export function malformedXml(): S3Error {
  return new S3Error('MalformedXML', 'The XML you provided was not well-formed or did not validate against our published schema');
}

import busboy from 'busboy';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Exchange } from '../exchange.js';
import { S3Error } from '../protocol/s3-error.js';

/** S3 allows 20 KB before the file. */
const LIMITS = { fieldNameSize: 256, fieldSize: 20 * 1024, fields: 100, files: 1, parts: 101, headerPairs: 50 };

export interface OpenForm {
  /** Fields before the file, by lower-case name, `${filename}` expanded. */
  readonly fields: ReadonlyMap<string, string>;
  readonly file: Readable;
  /** Resolves when the form has been read to its closing boundary. */
  readonly finished: Promise<void>;
}

/** Reads a multipart/form-data body up to its file. S3 ignores fields after it. @throws S3Error `MalformedPOSTRequest` … */
export async function openForm(exchange: Exchange): Promise<OpenForm> {
  const parser = createParser(exchange.request.headers.get('content-type') ?? '');
  const untilFile = readUntilFile(parser);
  const finished = pipeline(exchange.body(), parser).catch(() => {
    throw malformed();
  });
  const noFile = finished.then(() => {
    throw new S3Error('InvalidArgument', 'POST requires exactly one file upload per request.');
  });
  return { ...(await Promise.race([untilFile, noFile])), finished };
}

function readUntilFile(parser: busboy.Busboy): Promise<Omit<OpenForm, 'finished'>> {
  const fields = new Map<string, string>();
  return new Promise((resolve, reject) => {
    parser.on('field', (rawName, value, info) => {
      const name = rawName.toLowerCase();
      if (info.nameTruncated || info.valueTruncated) {
        return reject(new S3Error('MaxMessageLengthExceeded', 'Your POST request fields preceding the upload file were too large.'));
      }
      if (fields.has(name)) {
        return reject(new S3Error('InvalidArgument', 'POST requires every form field once only.', { ArgumentName: name }));
      }
      fields.set(name, value);
    });
    parser.on('file', (name, file, { filename }) => {
      // A form that is refused before its file is read may still break off: nobody would be there to hear of it.
      file.on('error', () => undefined);
      if (name.toLowerCase() !== 'file') return reject(malformed());
      resolve({ fields: expandFilename(fields, filename), file });
    });
  });
}

/** `${filename}` stands for the name that the browser gives the file. The policy itself is signed as it is. */
function expandFilename(fields: ReadonlyMap<string, string>, filename: string | undefined): Map<string, string> {
  return new Map(
    [...fields].map(([name, value]) => [name, name === 'policy' ? value : value.replaceAll('${filename}', () => filename ?? '')]),
  );
}

function createParser(contentType: string): busboy.Busboy {
  try {
    return busboy({ headers: { 'content-type': contentType }, limits: LIMITS, defParamCharset: 'utf8' });
  } catch {
    throw malformed();
  }
}

function malformed(): S3Error {
  return new S3Error('MalformedPOSTRequest', 'The body of your POST request is not well-formed multipart/form-data.');
}

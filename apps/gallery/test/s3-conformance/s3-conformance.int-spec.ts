import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startS3 } from '@atrium/local';
import { hasRadosGateway, startRadosGateway } from '@atrium/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Case } from './cases.js';
import { downloadCases } from './download-cases.js';
import { multipartCases } from './multipart-cases.js';
import { postCases } from './post-cases.js';
import { putCases } from './put-cases.js';
import { type Endpoint, region, Subject } from './subject.js';

const cases: readonly Case[] = [...putCases, ...postCases, ...multipartCases, ...downloadCases];

async function startLocal(): Promise<Endpoint & { stop(): Promise<void> }> {
  const dataDir = mkdtempSync(join(tmpdir(), 'atrium-conformance-'));
  const credentials = { accessKeyId: 'AKIDLOCAL', secretAccessKey: 'local-secret' };
  const s3 = await startS3({ dataDir, port: 0, credentials, region, buckets: [] });
  return {
    endpoint: s3.endpoint,
    credentials,
    stop: async () => {
      await s3.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Every presigned form, rightly sent and tampered with in every way. */
function conformance(start: () => Promise<Endpoint & { stop(): Promise<void> }>, statusOf: (one: Case) => number): void {
  let running: Awaited<ReturnType<typeof start>>;
  let subject: Subject;
  beforeAll(async () => {
    running = await start();
    subject = await Subject.open(running);
  }, 120_000);
  afterAll(async () => {
    subject?.close();
    await running?.stop();
  });

  it.each(cases.map((one) => [`answers ${statusOf(one)} to a ${one.name}${statusOf(one) === one.status ? '' : `, unlike S3 (${one.status})`}`, one] as const))(
    '%s',
    async (_, one) => {
      const { status, text } = await one.send(subject);
      expect({ status, text }).toEqual({ status: statusOf(one), text: expect.anything() });
    },
  );
}

describe('the local S3, as S3 itself,', () => conformance(startLocal, ({ status }) => status));

describe.skipIf(!hasRadosGateway())('Ceph’s S3, which was written by others,', () =>
  conformance(startRadosGateway, ({ status, ceph }) => ceph?.status ?? status));

import { galleryEndpoints } from '@atrium/contracts/gallery';
import type { Site } from '@atrium/contracts/users';
import type { Person } from '@atrium/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { png } from '../files.js';
import { blackPng, flickering, peakMemory } from '../hostile-images.js';
import { api, platform, world } from '../platform.js';

const mebibyte = 1024 ** 2;
const script = '<script>alert(document.cookie)</script>';
let ann: Person;
let site: Site;

beforeAll(async () => {
  ann = await world.newAdmin();
  site = await world.newSite(ann);
});

async function verdictOn(bytes: Buffer, more: Parameters<typeof world.upload>[3] = {}) {
  const asset = await world.settled(ann, await world.upload(ann, site.id, bytes, more));
  const download = await api.verdict(galleryEndpoints.downloadAsset, { token: ann.token, params: { id: asset.id }, query: { disposition: 'inline' } });
  return { ...asset, code: asset.rejection_reason?.split(':')[0], download };
}

describe('27: named and typed as PNG', () => {
  it.each([
    ['HTML', 'type_mismatch', Buffer.from(`<!doctype html><title>x</title>${script}`)],
    ['SVG', 'type_mismatch', Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg">${script}</svg>`)],
    ['SVG with a declaration', 'type_mismatch', Buffer.from(`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>`)],
    ['JavaScript', 'type_mismatch', Buffer.from('alert(1)//')],
    ['a shell script', 'type_mismatch', Buffer.from('#!/bin/sh\nrm -rf /\n')],
    ['a GIF that is JavaScript too', 'type_mismatch', Buffer.from('GIF89a/*\0\0\0\0*/=1;alert(1)')],
    ['a PNG before a script', 'trailing_data', Buffer.concat([png, Buffer.from(script)])],
    ['a PNG before a ZIP', 'trailing_data', Buffer.concat([png, Buffer.from('PK\x05\x06'), Buffer.alloc(18)])],
    ['a PNG with a page in its metadata', 'embedded_markup', blackPng(8, 8, `<html>${script}`)],
    ['a PNG that is cut off', 'image_damaged', png.subarray(0, -20)],
    ['a signature of PNG alone', 'type_mismatch', Buffer.concat([png.subarray(0, 8), Buffer.from(script)])],
  ])('%s is rejected as %s, and has no download', async (_, code, bytes) => {
    expect(await verdictOn(bytes)).toMatchObject({ status: 'rejected', code, download: '409 CONFLICT', derivatives: [] });
  });

  it('an image is served as what it is, and as an attachment unless asked for otherwise', async () => {
    const asset = await verdictOn(blackPng(400, 300));
    expect(asset).toMatchObject({ status: 'ready', width: 400, height: 300, derivatives: [320] });
    const { body } = await api.call(galleryEndpoints.downloadAsset, { token: ann.token, params: { id: asset.id } });
    const { headers } = await fetch(body.url);
    expect(headers.get('content-type')).toBe('image/png');
    expect(headers.get('content-disposition')).toMatch(/^attachment; /);
  });
});

describe('32: a bomb', () => {
  it('of pixels, frames or both is rejected by its header, and memory stays flat', async () => {
    expect((await verdictOn(blackPng(100, 100))).status).toBe('ready');
    const worker = platform.pids['gallery_worker'] ?? 0;
    const before = peakMemory(worker);
    expect(await verdictOn(blackPng(50_000, 50_000))).toMatchObject({ status: 'rejected', code: 'too_many_pixels' });
    expect(await verdictOn(blackPng(1, 2 ** 31 - 1))).toMatchObject({ status: 'rejected' });
    expect(await verdictOn(flickering(100_000), { content_type: 'image/gif' })).toMatchObject({ status: 'rejected', code: 'too_many_frames' });
    expect(peakMemory(worker) - before).toBeLessThan(100 * mebibyte);
    expect((await verdictOn(blackPng(100, 100))).status).toBe('ready');
  });
});

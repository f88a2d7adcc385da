import AwsS3 from '@uppy/aws-s3';
import Uppy, { type Body, type Meta } from '@uppy/core';

type UploadMeta = Meta & { asset_id?: string };
type Begun = { asset_id: string; part_size?: number };
type Signed = { url: string; headers?: Record<string, string>; fields?: Record<string, string> };
export interface Atrium {
  /** Ends with `/api/v1`. */
  readonly api: string;
  readonly siteId: string;
  readonly accessToken: () => string | Promise<string>;
}

/** Bytes. What is smaller is quickly sent again; above 5 GiB S3 takes parts alone. */
const multipartAbove = 16 * 1024 ** 2;

/** Reads the file into memory: for very large ones take a library that hashes piece by piece, such as hash-wasm. */
async function sha256(file: Blob): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', await file.arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** @param oneRequest how files are sent that go in one piece */
export function atriumUppy({ api, siteId, accessToken }: Atrium, oneRequest: 'put' | 'post' = 'put'): Uppy<UploadMeta, Body> {
  async function call<T>(method: string, path: string, body?: object): Promise<T> {
    const headers = { authorization: `Bearer ${await accessToken()}`, ...(body && { 'content-type': 'application/json' }) };
    const response = await fetch(`${api}/gallery/${path}`, { method, headers, body: body && JSON.stringify(body) });
    const answer = response.status === 204 ? undefined : await response.json();
    if (!response.ok) throw new Error(answer.error.message);
    return answer;
  }

  const uppy = new Uppy<UploadMeta, Body>();
  /** The gallery decides by a file's size how large its parts are. */
  const partSizes = new Map<number, number>();

  async function begin(id: string): Promise<void> {
    const { data, name, type, meta } = uppy.getFile(id);
    if (!(data instanceof Blob)) throw new Error('The file must be chosen again.');
    const inParts = data.size > multipartAbove;
    let { asset_id } = meta;
    let partSize: number | undefined;
    if (asset_id === undefined) {
      const method = inParts ? 'multipart' : oneRequest;
      const file = { site_id: siteId, filename: name, content_type: type, size: data.size, sha256: await sha256(data), method };
      ({ asset_id, part_size: partSize } = await call<Begun>('POST', 'uploads', file));
      if (!uppy.getFile(id)) return call('DELETE', `uploads/${asset_id}`);
      uppy.setFileMeta(id, { asset_id });
    } else if (inParts) {
      // Begun before: by an attempt that failed, or by a page that was closed since.
      ({ part_size: partSize } = await call<Begun>('GET', `uploads/${asset_id}/parts`));
    }
    if (partSize === undefined) return;
    partSizes.set(data.size, partSize);
    // Uppy asks S3 for the parts that are there instead of beginning an upload. S3's own id stays with the gallery.
    uppy.setFileState(id, { s3Multipart: { key: asset_id, uploadId: asset_id } });
  }

  async function complete(id: string): Promise<void> {
    const file = uppy.getFile(id);
    if (file?.progress.uploadComplete && !file.error) await call('POST', `uploads/${file.meta.asset_id}/complete`);
  }

  /** What fails for one file leaves the others alone, and can be tried again. */
  const forEach = (step: (id: string) => Promise<void>) => (ids: string[]) =>
    Promise.all(ids.map((id) => step(id).catch((error: Error) => uppy.emit('upload-error', uppy.getFile(id), error))));

  uppy.addPreProcessor(forEach(begin));
  uppy.addPostProcessor(forEach(complete));
  uppy.on('file-removed', ({ meta, progress }) => {
    if (meta.asset_id && !progress.uploadComplete) void call('DELETE', `uploads/${meta.asset_id}`).catch(() => undefined);
  });
  return uppy.use(AwsS3, {
    generateObjectKey: ({ id }) => uppy.getFile(id).meta.asset_id ?? '',
    getChunkSize: ({ size }) => partSizes.get(size) ?? size,
    shouldUseMultipart: ({ s3Multipart }) => s3Multipart !== undefined,
    signRequest: ({ key, method, ...more }) =>
      call<Signed>('POST', `uploads/${key}/requests`, { method, ...('partNumber' in more && { part_number: more.partNumber }) }),
  });
}

import { S3Error } from './s3-error.js';

/** RFC 3986 §2.3: only unreserved characters stay as they are. `encodeURIComponent` leaves five more. */
export function encodeUriComponent(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Encodes a path's segments and keeps its slashes, as SigV4 for S3 does (one pass, no dot-segment removal). */
export function encodeUriPath(path: string): string {
  return path.split('/').map(encodeUriComponent).join('/');
}

/** @throws S3Error `InvalidURI` for a broken escape or text that isn't UTF-8. */
export function decodeUriComponent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new S3Error('InvalidURI', "Couldn't parse the specified URI.");
  }
}

/** In a query string a plus sign stands for a space (application/x-www-form-urlencoded), in a path it doesn't. */
export function decodeQueryComponent(text: string): string {
  return decodeUriComponent(text.replaceAll('+', ' '));
}

const unreserved = /^[A-Za-z0-9_.~-]*$/;

const percentEncoded = (character: string): string => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;

/** SigV4's UriEncode: all but RFC 3986's unreserved characters. `encodeURIComponent` leaves five more. */
export const encodeUri = (text: string): string =>
  unreserved.test(text) ? text : encodeURIComponent(text).replace(/[!'()*]/g, percentEncoded);

/** The same of each segment of an object's key, as S3 wants it: once, and without removing dot segments. */
export const encodeKey = (key: string): string => key.split('/').map(encodeUri).join('/');

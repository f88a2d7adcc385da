import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const base = BigInt(digits.length);
/** Marks a key to people, to our own logs and to scanners of leaked secrets. */
const mark = 'atr_live_';
/** 43 digits of base 62 hold 256 bits, 6 hold the 32 of the checksum. */
const shape = /^atr_live_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}$/;
const shownDigits = 6;

function inBase62(value: bigint, length: number): string {
  let text = '';
  for (let rest = value; rest > 0n; rest /= base) text = `${digits[Number(rest % base)]}${text}`;
  return text.padStart(length, '0');
}

const checksum = (text: string): string => inBase62(BigInt(crc32(text)), 6);

/** `atr_live_`, 256 random bits, and a checksum by which a typing error or an invented key is known without asking anybody. */
export function newApiKey(): string {
  const secret = `${mark}${inBase62(BigInt(`0x${randomBytes(32).toString('hex')}`), 43)}`;
  return `${secret}_${checksum(secret)}`;
}

/** Whether a text is meant as an API key, well formed or not. */
export const isMeantAsApiKey = (text: string): boolean => text.startsWith('atr_');

/** Whether a text is a well-formed API key; who holds it is auth's to say. */
export const isApiKey = (text: string): boolean =>
  shape.test(text) && text.slice(-6) === checksum(text.slice(0, -7));

/** The part by which its owner knows a key again; the 220 bits that are left are nothing to guess. */
export const publicPrefixOf = (key: string): string => key.slice(0, mark.length + shownDigits);

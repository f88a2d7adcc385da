import { receiptHandleIsInvalid } from './sqs-errors.js';

/** `seq` is the message's row, `receipt` the UUID that the latest receive gave it. */
export interface Receipt {
  seq: string;
  receipt: string;
}

const HANDLE = /^(\d{1,18})\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

export function encodeReceiptHandle({ seq, receipt }: Receipt): string {
  return Buffer.from(`${seq}.${receipt}`).toString('base64url');
}

/** Throws `ReceiptHandleIsInvalid` when the text was never a receipt handle of this server. */
export function decodeReceiptHandle(handle: string): Receipt {
  const match = HANDLE.exec(Buffer.from(handle, 'base64url').toString('latin1'));
  if (match?.[1] === undefined || match[2] === undefined) throw receiptHandleIsInvalid(handle);
  return { seq: match[1], receipt: match[2] };
}

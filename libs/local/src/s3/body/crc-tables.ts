/** CRC-32C (Castagnoli, RFC 3720 §12.1), reflected. */
const CRC32C_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc >>> 0;
});

/** CRC-64/NVME (NVM Express NVM Command Set, §5.2.1.3.4), reflected; as two halves, since a bigint per byte is slow. */
const CRC64_POLYNOMIAL = 0x9a6c9329ac4bc9b5n;
const CRC64_HIGH = new Uint32Array(256);
const CRC64_LOW = new Uint32Array(256);
for (let byte = 0; byte < 256; byte++) {
  let crc = BigInt(byte);
  for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ CRC64_POLYNOMIAL : crc >> 1n;
  CRC64_HIGH[byte] = Number(crc >> 32n);
  CRC64_LOW[byte] = Number(crc & 0xffffffffn);
}

/** @param crc state so far, 0 at the start @returns the next state, which is also the checksum */
export function crc32c(data: Uint8Array, crc: number): number {
  let state = ~crc >>> 0;
  for (let i = 0; i < data.length; i++) {
    state = ((state >>> 8) ^ (CRC32C_TABLE[(state ^ (data[i] ?? 0)) & 0xff] ?? 0)) >>> 0;
  }
  return ~state >>> 0;
}

/** @param crc state so far, 0n at the start @returns the next state, which is also the checksum */
export function crc64nvme(data: Uint8Array, crc: bigint): bigint {
  let high = ~Number(crc >> 32n) >>> 0;
  let low = ~Number(crc & 0xffffffffn) >>> 0;
  for (let i = 0; i < data.length; i++) {
    const index = (low ^ (data[i] ?? 0)) & 0xff;
    low = ((low >>> 8) | (high << 24)) ^ (CRC64_LOW[index] ?? 0);
    high = (high >>> 8) ^ (CRC64_HIGH[index] ?? 0);
  }
  return (BigInt(~high >>> 0) << 32n) | BigInt(~low >>> 0);
}

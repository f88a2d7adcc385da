/**
 * A TIFF block that says nothing but how to turn the image (Exif 3.0, 4.6.5.1.3 Orientation, tag 0x0112): without it,
 * removing metadata would turn photographs. Empty for 1, which is as stored.
 */
export function orientationTiff(orientation: number): Buffer {
  if (orientation < 2 || orientation > 8) return Buffer.alloc(0);
  const tiff = Buffer.alloc(26);
  tiff.write('MM\0*', 'latin1');
  tiff.writeUInt32BE(8, 4);
  tiff.writeUInt16BE(1, 8);
  tiff.writeUInt16BE(0x0112, 10);
  // One SHORT.
  tiff.writeUInt16BE(3, 12);
  tiff.writeUInt32BE(1, 14);
  tiff.writeUInt16BE(orientation, 18);
  return tiff;
}

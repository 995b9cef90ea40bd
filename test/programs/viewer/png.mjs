// @ts-check
/** The little of PNG that tells a picture from an empty one. */
import { inflateSync } from 'node:zlib';

/**
 * The size of a picture of 8 bits a channel, and the number of its colours.
 * @param {Buffer} png
 */
export function measure(png) {
  const chunks = [...chunksOf(png)];
  const header = chunks.find(({ type }) => type === 'IHDR')?.data;
  if (header === undefined) throw new Error('it has no header');
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const bytesPerPixel = { 2: 3, 6: 4 }[header[9] ?? 0];
  if (header[8] !== 8 || bytesPerPixel === undefined || header[12] !== 0) throw new Error('it is no plain RGB or RGBA picture');
  const data = inflateSync(Buffer.concat(chunks.filter(({ type }) => type === 'IDAT').map((chunk) => chunk.data)));
  const colours = new Set();
  let above = Buffer.alloc(width * bytesPerPixel);
  for (let line = 0; line < height; line++) {
    const start = line * (above.length + 1);
    above = unfiltered(data[start] ?? 0, data.subarray(start + 1, start + 1 + above.length), above, bytesPerPixel);
    for (let at = 0; at < above.length; at += bytesPerPixel) colours.add(above.readUIntBE(at, 3));
  }
  return { width, height, colours: colours.size };
}

/** @param {Buffer} png */
function* chunksOf(png) {
  if (png.toString('latin1', 0, 8) !== '\x89PNG\r\n\x1a\n') throw new Error('it is no PNG');
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at);
    yield { type: png.toString('latin1', at + 4, at + 8), data: png.subarray(at + 8, at + 8 + length) };
    at += length + 12;
  }
}

/**
 * A line of pixels, computed from its neighbours as its filter says (PNG specification, section 9).
 * @param {number} filter
 * @param {Buffer} line
 * @param {Buffer} above
 * @param {number} step
 */
function unfiltered(filter, line, above, step) {
  const plain = Buffer.alloc(line.length);
  for (let at = 0; at < line.length; at++) {
    const [left, up, corner] = [plain[at - step] ?? 0, above[at] ?? 0, above[at - step] ?? 0];
    const guess = [0, left, up, (left + up) >> 1, nearest(left, up, corner)][filter] ?? 0;
    plain[at] = (line[at] ?? 0) + guess;
  }
  return plain;
}

/**
 * The Paeth predictor.
 * @param {number} left
 * @param {number} up
 * @param {number} corner
 */
function nearest(left, up, corner) {
  const guess = left + up - corner;
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
  if (a <= b && a <= c) return left;
  return b <= c ? up : corner;
}

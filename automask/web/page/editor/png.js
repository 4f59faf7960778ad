/**
 * Masks as PNG files of 8-bit grey, written and read here byte by byte: a canvas that is
 * read back may have changed them (colour management, protection against fingerprinting).
 */

const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10];
const UP = 2; // the filter of each row that is written: minus the row above

/**
 * @param {Uint8Array} values width * height, row by row
 * @param {number} width px
 * @param {number} height px
 * @returns {Promise<Blob>} image/png
 */
export async function encodeGrey(values, width, height) {
  const rows = new Uint8Array((width + 1) * height);
  for (let y = 0; y < height; y++) {
    const to = y * (width + 1);
    rows[to] = UP;
    if (!y) rows.set(values.subarray(0, width), 1);
    else {
      for (let x = 0, i = y * width; x < width; x++, i++) {
        rows[to + 1 + x] = values[i] - values[i - width];
      }
    }
  }
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header[8] = 8; // bits; colour, compression, filter, interlace: 0
  const data = await through(new Blob([rows]), new CompressionStream("deflate"));
  const parts = [chunk("IHDR", header), chunk("IDAT", data), chunk("IEND", new Uint8Array())];
  return new Blob([new Uint8Array(SIGNATURE), ...parts], { type: "image/png" });
}

/**
 * @param {Blob} blob a PNG file
 * @returns {Promise<?{values: Uint8Array, width: number, height: number}>}
 *   null if it is not 8-bit grey without interlace
 */
export async function decodeGrey(blob) {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  if (SIGNATURE.some((byte, i) => bytes[i] !== byte)) return null;
  const view = new DataView(bytes.buffer);
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const [bits, color, , , interlace] = bytes.subarray(24, 29);
  if (bits !== 8 || color !== 0 || interlace !== 0) return null;
  const data = [];
  for (let at = 8; at + 12 <= bytes.length; at += 12 + view.getUint32(at)) {
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (type === "IDAT") data.push(bytes.subarray(at + 8, at + 8 + view.getUint32(at)));
  }
  const rows = await through(new Blob(data), new DecompressionStream("deflate"));
  return { values: unfilter(rows, width, height), width, height };
}

/** Undoes the filters of the rows (PNG specification, section 9), one byte a pixel. */
function unfilter(rows, width, height) {
  const values = new Uint8Array(width * height);
  let above = new Uint8Array(width);
  for (let y = 0; y < height; y++) {
    const from = y * (width + 1);
    const row = values.subarray(y * width, (y + 1) * width);
    row.set(rows.subarray(from + 1, from + 1 + width));
    UNFILTER[rows[from]]?.(row, above);
    above = row;
  }
  return values;
}

/** By the number of a filter, what undoes it in a row under another. */
const UNFILTER = {
  1(row) {
    for (let x = 1; x < row.length; x++) row[x] += row[x - 1];
  },
  2(row, above) {
    for (let x = 0; x < row.length; x++) row[x] += above[x];
  },
  3(row, above) {
    for (let x = 0, left = 0; x < row.length; x++) left = row[x] = (row[x] + ((left + above[x]) >> 1)) & 255;
  },
  4(row, above) {
    for (let x = 0, left = 0, corner = 0; x < row.length; x++) {
      const up = above[x];
      const [toLeft, toUp] = [Math.abs(up - corner), Math.abs(left - corner)];
      const toCorner = Math.abs(left + up - 2 * corner);
      const near = toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner;
      left = row[x] = (row[x] + near) & 255;
      corner = up;
    }
  },
};

async function through(blob, transform) {
  return new Uint8Array(await new Response(blob.stream().pipeThrough(transform)).arrayBuffer());
}

function chunk(type, data) {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set([...type].map((letter) => letter.charCodeAt(0)), 4);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc(bytes.subarray(4, 8 + data.length)));
  return bytes;
}

/** CRC-32 of ISO 3309. */
function crc(bytes) {
  let rest = 0xffffffff;
  for (const byte of bytes) rest = TABLE[(rest ^ byte) & 255] ^ (rest >>> 8);
  return (rest ^ 0xffffffff) >>> 0;
}

const TABLE = Uint32Array.from({ length: 256 }, (_, value) => {
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

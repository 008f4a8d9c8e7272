// Bodies too large to be written down: made block by block, compared by their hash.

import { createHash } from "node:crypto";

export const MIB = 1024 * 1024;

/** `size` bytes that repeat nowhere near each other, block by block. */
export function* blocks(size, seed) {
  const random = createHash("sha512").update(seed).digest();
  const block = Buffer.alloc(MIB, random);
  for (let sent = 0, nth = 0; sent < size; sent += block.length, nth++) {
    const piece = Buffer.from(block);
    piece.writeUInt32BE(nth, 0);
    yield piece.subarray(0, Math.min(block.length, size - sent));
  }
}

/** The same bytes in one piece. */
export const bytesOf = (size, seed) => Buffer.concat([...blocks(size, seed)]);

export function hashOf(pieces) {
  const hash = createHash("sha256");
  for (const piece of pieces) hash.update(piece);
  return hash.digest("hex");
}

/** Waits until a number has stood still for so many milliseconds. */
export async function steady(read, millis = 500) {
  for (
    let last = -1, since = Date.now();
    Date.now() - since < millis;
    await new Promise((resolve) => setTimeout(resolve, 25))
  ) {
    if (read() === last) continue;
    last = read();
    since = Date.now();
  }
}

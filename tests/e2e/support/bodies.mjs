// Large bodies of tests. They are generated in blocks, and can be compared by their hash.

import { createHash } from "node:crypto";
import { Readable } from "node:stream";

export const MIB = 1024 * 1024;

/** Yields `size` bytes in blocks of 1 MiB. Each block starts with its number, so a missing or repeated block changes the hash. */
export function* blocks(size, seed) {
  const random = createHash("sha512").update(seed).digest();
  const block = Buffer.alloc(MIB, random);
  for (let sent = 0, nth = 0; sent < size; sent += block.length, nth++) {
    const piece = Buffer.from(block);
    piece.writeUInt32BE(nth, 0);
    yield piece.subarray(0, Math.min(block.length, size - sent));
  }
}

/** Returns the bytes of `blocks(size, seed)` in one buffer. */
export const bytesOf = (size, seed) => Buffer.concat([...blocks(size, seed)]);

/** Returns a stream of the bytes, in pieces of 1 MiB. A request with such a body is chunked. */
export function chunkedBody(bytes) {
  const pieces = function* () {
    for (let at = 0; at < bytes.length; at += MIB) yield bytes.subarray(at, at + MIB);
  };
  return Readable.from(pieces(), { objectMode: false });
}

/** Returns the SHA-256 of all pieces as one body, in hexadecimal. */
export function hashOf(pieces) {
  const hash = createHash("sha256");
  for (const piece of pieces) hash.update(piece);
  return hash.digest("hex");
}

/** Waits until the number that `read()` returns has not changed for `millis` milliseconds. */
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

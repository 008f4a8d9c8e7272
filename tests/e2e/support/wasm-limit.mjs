// The built wasm with a limit of its memory, like that of an isolate of Cloudflare.

import { readFileSync } from "node:fs";

const PAGE = 64 * 1024;
const MEMORY_SECTION = 5;

/** Returns the built wasm file with a maximum of its memory, in bytes. The file has one memory without a maximum. */
export function limitedWasm(bytes) {
  const wasm = readFileSync(new URL("../../../build/index_bg.wasm", import.meta.url));
  // A module has a header of 8 bytes. Each section has its id, its length and its content.
  let at = 8;
  while (wasm[at] !== MEMORY_SECTION) {
    const [length, start] = number(wasm, at + 1);
    at = start + length;
  }
  const [length, start] = number(wasm, at + 1);
  const [count, flags] = [wasm[start], wasm[start + 1]];
  if (count !== 1 || flags !== 0) throw new Error("the wasm file does not have one memory without a maximum");
  const [least] = number(wasm, start + 2);
  const limits = [1, 1, ...encoded(least), ...encoded(bytes / PAGE)];
  const section = Buffer.from([MEMORY_SECTION, ...encoded(limits.length), ...limits]);
  return Buffer.concat([wasm.subarray(0, at), section, wasm.subarray(start + length)]);
}

/** Returns the number in LEB128 at an offset, and the offset after it. */
function number(bytes, at) {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return [value, at];
  }
}

/** Returns a number in LEB128. */
function encoded(value) {
  const bytes = [];
  for (; value >= 0x80; value >>>= 7) bytes.push((value & 0x7f) | 0x80);
  return [...bytes, value];
}

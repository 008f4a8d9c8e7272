// The clients: a number of requests over a number of connections to one loopback port. Bodies are generated while they are sent.
// An answer with another status than 200 or with a wrong length ends the load with an error.

import { Agent, request } from "node:http";

// The length is a multiple of three, so that the base64 of a body is the base64 of its blocks, one after the other.
const BLOCK = Buffer.alloc(768 * 1024, "0123456789abcdef some bytes");
const BLOCK_BASE64 = Buffer.from(BLOCK.toString("base64"));
const SILENCE_MS = 30_000;

/** @typedef {ReturnType<typeof import("./work.mjs").loadOf> & { port: number }} Load */

/** Returns the blocks of an upload of `size` bytes, and their total length. */
function upload(size, base64) {
  const blocks = Math.floor(size / BLOCK.length);
  const rest = BLOCK.subarray(0, size % BLOCK.length);
  const last = base64 ? Buffer.from(rest.toString("base64")) : rest;
  const block = base64 ? BLOCK_BASE64 : BLOCK;
  return { block, blocks, last, length: blocks * block.length + last.length };
}

function send(sending, { block, blocks, last }) {
  let left = blocks;
  const next = () => {
    while (left > 0) {
      left--;
      if (!sending.write(block)) return sending.once("drain", next);
    }
    sending.end(last);
  };
  next();
}

/**
 * Sends one request. Resolves at the end of its answer. Rejects if the status is not 200, or if the length of the answer is not
 * from `least` to `most` bytes.
 *
 * @returns {Promise<void>}
 */
function exchange({ port, path, method, headers, least, most }, agent, body) {
  return new Promise((resolve, reject) => {
    const sending = request({ host: "127.0.0.1", port, path, method, headers, agent }, (response) => {
      let size = 0;
      let begin = "";
      response.on("data", (chunk) => {
        size += chunk.length;
        if (response.statusCode !== 200 && begin.length < 200) begin += chunk.toString("latin1", 0, 200);
      });
      response.on("error", reject);
      response.on("end", () => {
        if (response.statusCode !== 200)
          return reject(new Error(`status ${response.statusCode}${begin && `: ${begin}`}`));
        if (size < least || size > most) return reject(new Error(`the answer has ${size} bytes instead of ${least}`));
        resolve();
      });
    });
    sending.setTimeout(SILENCE_MS, () =>
      sending.destroy(new Error(`no data was sent or received for ${SILENCE_MS / 1000} s`)),
    );
    sending.on("error", reject);
    if (body) send(sending, body);
    else sending.end();
  });
}

process.on("message", async (/** @type {Load} */ { requests, connections, size, base64, ...rest }) => {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const body = rest.method === "PUT" ? upload(size, base64) : undefined;
  const headers = body ? { ...rest.headers, "content-length": body.length } : rest.headers;
  let left = requests;
  const connection = async () => {
    while (left-- > 0) await exchange({ ...rest, headers }, agent, body);
  };
  try {
    const started = performance.now();
    await Promise.all(Array.from({ length: Math.min(connections, requests) }, connection));
    process.send?.({ seconds: (performance.now() - started) / 1000 });
  } catch (error) {
    left = 0;
    process.send?.({ error: error.message });
  }
  agent.destroy();
});
process.on("disconnect", () => process.exit());

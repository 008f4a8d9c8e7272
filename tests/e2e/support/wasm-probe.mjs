// The built Worker with a second entry point, the probe. The probe returns the size of the wasm memory, and the numbers of bytes
// that were copied into and out of that memory.

import { readdirSync, readFileSync } from "node:fs";

// The probe replaces the constructor of wasm instances. Bytes enter the wasm memory by `Uint8Array.set`. They leave it by
// `Uint8Array.set` and `slice`, or as the body of a Response or of a request, which copy the body.
const SPY = `
const memories = [];
const counts = { bytesIn: 0, bytesOut: 0 };
const isWasm = (view) => ArrayBuffer.isView(view) && memories.some((memory) => memory.buffer === view.buffer);
const leaves = (view) => isWasm(view) && (counts.bytesOut += view.byteLength);

const { Instance } = WebAssembly;
WebAssembly.Instance = function (module, imports) {
  const instance = new Instance(module, imports);
  memories.push(instance.exports.memory);
  return instance;
};
const { set, slice } = Uint8Array.prototype;
Uint8Array.prototype.set = function (source, offset) {
  if (isWasm(this)) counts.bytesIn += source.length;
  else leaves(source);
  return set.call(this, source, offset);
};
Uint8Array.prototype.slice = function (...range) {
  if (isWasm(this)) leaves(this.subarray(...range));
  return slice.apply(this, range);
};
const send = fetch;
globalThis.fetch = (url, init) => (leaves(init?.body), send(url, init));
globalThis.Response = new Proxy(Response, {
  construct(target, [body, init], as) {
    leaves(body);
    return Reflect.construct(target, [body, init], as);
  },
});
export const readings = () => ({ ...counts, instances: memories.length, memory: memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0) });
`;

const MAIN = `
import { readings } from "./spy.js";
export { default } from "./worker.js";
export const Probe = { fetch: () => Response.json(readings()) };
`;

/** The options of `startGateway` for a gateway with the probe. */
export const PROBED = {
  entry: { "probed.js": MAIN, "spy.js": SPY },
  dev: { unsafeDirectSockets: [{ host: "127.0.0.1", port: 0, entrypoint: "Probe" }] },
};

/**
 * Reads the probe of a gateway. All numbers are bytes, except `instances`.
 * @returns {Promise<{ memory: number, bytesIn: number, bytesOut: number, instances: number }>}
 */
export async function probe(gateway) {
  const url = await gateway.miniflare.unsafeGetDirectURL("gateway", "Probe");
  const response = await fetch(url);
  return /** @type {Promise<any>} */ (response.json());
}

/** Returns the largest peak memory in bytes of the workerd processes that this process started, or null without /proc. */
export function peakOfRuntime() {
  try {
    const status = (pid) => readFileSync(`/proc/${pid}/status`, "utf8");
    const number = (text, name) => Number(text.match(new RegExp(`^${name}:\\s+(\\d+)`, "m"))?.[1]);
    const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
    const ours = pids.map((pid) => {
      try {
        return status(pid);
      } catch {
        return ""; // The process has ended.
      }
    });
    const runtime = ours.filter((text) => /^Name:\s+workerd/m.test(text) && number(text, "PPid") === process.pid);
    return runtime.length === 0 ? null : Math.max(...runtime.map((text) => number(text, "VmHWM"))) * 1024;
  } catch {
    return null;
  }
}

// The built Worker in Miniflare, with the variables of a test, and its log lines.

import { request as httpRequest } from "node:http";
import { fileURLToPath } from "node:url";
import { ofWrangler } from "../../../scripts/paths.mjs";
import { compiled } from "./api.mjs";

const { Miniflare } = ofWrangler("miniflare");
const build = fileURLToPath(new URL("../../../build", import.meta.url));

export const COMPATIBILITY_DATE = "2026-05-01";

/**
 * Starts the Worker. `api` is its document (see `compiled`), `bin` a content of api.bin instead of a document. `vars` are
 * its variables and secrets; `s3`, a server of `scripts/servers.mjs` or any `{ endpoint, accessKey, secretKey }`, fills in
 * those that say where S3 is. `entry` are modules before those of the build. More options go to Miniflare.
 *
 * Returns `{ url, port, request(), logs, nextLog(), stop() }`.
 * @param {Record<string, any>} [options]
 */
export async function startGateway({ api, bin, vars = {}, s3, entry = [], ...options } = {}) {
  const contents = bin ?? (await compiled(api));
  const bindings = s3
    ? { S3_ENDPOINT: s3.endpoint, AWS_ACCESS_KEY_ID: s3.accessKey, AWS_SECRET_ACCESS_KEY: s3.secretKey, ...vars }
    : { ...vars };
  const logs = [];
  const waiting = [];
  const miniflare = new Miniflare({
    modules: [
      ...entry,
      { type: "ESModule", path: `${build}/worker.js` },
      { type: "ESModule", path: `${build}/index.js` },
      { type: "CompiledWasm", path: `${build}/index_bg.wasm` },
      { type: "Data", path: `${build}/api.bin`, contents },
    ],
    modulesRoot: build,
    compatibilityDate: COMPATIBILITY_DATE,
    bindings,
    handleRuntimeStdio(stdout, stderr) {
      const keep = (line) => {
        let entry;
        try {
          entry = JSON.parse(line);
        } catch {
          entry = { text: line };
        }
        if (waiting.length > 0 && entry.request_id) waiting.shift()(entry);
        else logs.push(entry);
      };
      for (const stream of [stdout, stderr]) {
        let rest = "";
        stream.setEncoding("utf8");
        stream.on("data", (text) => {
          const lines = (rest + text).split("\n");
          rest = lines.pop();
          lines.filter((line) => line !== "").forEach(keep);
        });
      }
    },
    ...options,
  });
  const url = await miniflare.ready;
  const port = Number(url.port);
  return {
    url,
    port,
    miniflare,
    logs,
    request: (path, init) => request(port, path, init),
    /** The next access log line that has not been taken yet. */
    nextLog() {
      const at = logs.findIndex((entry) => entry.request_id);
      if (at >= 0) return Promise.resolve(logs.splice(at, 1)[0]);
      return new Promise((resolve, reject) => {
        const take = (entry) => {
          clearTimeout(timer);
          resolve(entry);
        };
        const timer = setTimeout(() => {
          waiting.splice(waiting.indexOf(take), 1);
          reject(new Error("no log line within 5 s"));
        }, 5000);
        waiting.push(take);
      });
    },
    stop: () => miniflare.dispose(),
  };
}

/** @typedef {{ method?: string, headers?: Record<string, any>, body?: any }} RequestOptions */

/**
 * One HTTP request, with the path as it is given: no client normalises it on the way. Resolves to
 * `{ status, headers, body }`, headers as `[name, value]` in the order and spelling of the wire by `rawHeaders`.
 */
export function request(port, path, /** @type {RequestOptions} */ { method = "GET", headers = {}, body } = {}) {
  return new Promise((resolve, reject) => {
    const sending = httpRequest({ host: "127.0.0.1", port, path, method, headers, agent: false }, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () =>
        resolve({
          status: response.statusCode,
          headers: response.headers,
          rawHeaders: response.rawHeaders,
          body: Buffer.concat(chunks),
          complete: response.complete,
        }),
      );
    });
    sending.on("error", reject);
    if (body === undefined) sending.end();
    else if (typeof body?.pipe === "function") body.pipe(sending);
    else {
      if (!("content-length" in headers) && !("transfer-encoding" in headers)) {
        sending.setHeader("content-length", Buffer.byteLength(body));
      }
      sending.end(body);
    }
  });
}

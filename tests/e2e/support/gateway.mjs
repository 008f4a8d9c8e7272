// Runs the built Worker in Miniflare with the variables of a test, and collects its log lines.

import { readFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { ofWrangler } from "../../../scripts/paths.mjs";
import { compiled } from "./api.mjs";

const { Miniflare } = ofWrangler("miniflare");

const COMPATIBILITY_DATE = "2026-05-01";
const built = (name) => readFileSync(new URL(`../../../build/${name}`, import.meta.url));

/** Returns Miniflare modules for JavaScript sources by name. */
const scripts = (sources) =>
  Object.fromEntries(Object.entries(sources).map(([name, contents]) => [name, { type: "esm", contents }]));

/** Returns the variables of a Worker as bindings of Miniflare. */
const variables = (vars) =>
  Object.fromEntries(
    Object.entries(vars)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, { type: typeof value === "string" ? "text" : "json", value }]),
  );

/**
 * Starts the Worker.
 *
 * - `api`: the document (see `compiled`), or `bin`: the content of api.bin
 * - `vars`: the variables and secrets
 * - `s3`: `{ endpoint, accessKey, secretKey }`, for example a server of `scripts/servers.mjs`; sets the variables of S3
 * - `entry`: sources of additional modules by name; the first module replaces the entry of the build
 * - `flags`: compatibility flags
 * - `dev`: options of Miniflare for the Worker
 * - `port`: the port of the gateway, by default a free port
 * - `wasm`: a wasm file in the place of the built one
 *
 * Resolves to `{ url, port, miniflare, logs, request(), nextLog(), stop() }`.
 * @param {Record<string, any>} [options]
 */
export async function startGateway({ api, bin, vars = {}, s3, entry = {}, flags = [], dev = {}, port, wasm } = {}) {
  const contents = bin ?? (await compiled(api));
  const own = s3 && { S3_ENDPOINT: s3.endpoint, AWS_ACCESS_KEY_ID: s3.accessKey, AWS_SECRET_ACCESS_KEY: s3.secretKey };
  const logs = [];
  const waiting = [];
  const miniflare = new Miniflare({
    port,
    enableDevRegistry: false,
    handleStructuredLogs({ message }) {
      let line;
      try {
        line = JSON.parse(message);
      } catch {
        line = { text: message };
      }
      if (waiting.length > 0 && line.request_id) waiting.shift()(line);
      else logs.push(line);
    },
    workers: [
      {
        config: {
          name: "gateway",
          compatibilityDate: COMPATIBILITY_DATE,
          compatibilityFlags: flags,
          env: variables({ ...own, ...vars }),
          manifest: {
            mainModule: Object.keys(entry)[0] ?? "worker.js",
            modules: {
              ...scripts({ ...entry, "worker.js": String(built("worker.js")), "index.js": String(built("index.js")) }),
              "index_bg.wasm": { type: "wasm", contents: wasm ?? built("index_bg.wasm") },
              "api.bin": { type: "data", contents },
            },
          },
        },
        dev,
      },
    ],
  });
  const url = await miniflare.ready;
  return {
    url,
    port: Number(url.port),
    miniflare,
    logs,
    request: (path, init) => request(url.port, path, init),
    /** Resolves to the next line of the access log, and removes the line from `logs`. Rejects if no line is written within 5 s. */
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
 * Sends one HTTP request. The path is sent as it is, without normalisation. Resolves to
 * `{ status, headers, rawHeaders, body, complete }`. `rawHeaders` has the order and the spelling of the response.
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

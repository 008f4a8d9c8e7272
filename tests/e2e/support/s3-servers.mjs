// Real S3 servers for a test file, with direct access to their objects that does not use the gateway.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before } from "node:test";
import { s3Client, startGarage, startS3sFs } from "../../../scripts/servers.mjs";

export const BUCKET = "demo";

const SERVERS = [
  { name: "s3s-fs", start: startS3sFs, options: ["domain"] },
  { name: "Garage", start: startGarage, options: ["rootDomain"] },
];

/**
 * Starts both servers before the first test of the file or suite, each with an empty bucket `demo` in its own folder, and
 * stops them after the last test. Returns `[{ name, s3, store }]`. `s3` and `store` are set when the tests run. `domain` is
 * the host name after the bucket if S3 addressing is virtual.
 * @param {{ domain?: string }} [options]
 * @returns {{ name: string, s3: any, store: Store }[]}
 */
export function realServers({ domain } = {}) {
  /** @type {any[]} */
  const servers = SERVERS.map(({ name }) => ({ name, s3: null, store: null }));
  let folder = "";
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "s3-edge-gateway-"));
    await Promise.all(
      SERVERS.map(async ({ name, start, options }, at) => {
        const own = domain ? { [options[0]]: domain } : {};
        const s3 = await start({ dir: join(folder, name), bucket: BUCKET, ...own });
        servers[at].s3 = s3;
        servers[at].store = new Store(s3, await s3Client(s3), name);
      }),
    );
  });
  after(async () => {
    await Promise.all(servers.map(({ s3 }) => s3?.stop()));
    rmSync(folder, { recursive: true, force: true });
  });
  return servers;
}

/** Direct access to the objects of a server. */
class Store {
  constructor(s3, client, name) {
    this.s3 = s3;
    this.client = client;
    // s3s-fs 0.14.1 ignores `encoding-type=url` and lists the names without encoding.
    this.encodesNames = name !== "s3s-fs";
  }

  async createBucket(bucket) {
    const response = await this.client.fetch(`${this.s3.endpoint}/${bucket}`, { method: "PUT" });
    assert.equal(response.status, 200, await response.text());
  }

  /** Stores an object in the bucket `demo`. `key` must be valid in a URL without encoding. */
  async put(key, body, headers = {}) {
    const response = await this.client.fetch(this.#url(key), { method: "PUT", body, headers });
    assert.equal(response.status, 200, await response.text());
  }

  /** Resolves to `{ status, headers, body }` of an object. The bytes are requested with `Accept-Encoding: identity`. */
  async get(key, { headers = {} } = {}) {
    const signed = await this.client.sign(this.#url(key), { headers: { "accept-encoding": "identity", ...headers } });
    const response = await fetch(signed);
    return { status: response.status, headers: response.headers, body: Buffer.from(await response.arrayBuffer()) };
  }

  /** Resolves to the headers of an object, or to null if it does not exist. */
  async head(key) {
    const response = await this.client.fetch(this.#url(key), { method: "HEAD" });
    return response.status === 404 ? null : response.headers;
  }

  /** Resolves to `{ key, size }` of every object of a bucket, sorted by key. Reads all pages of the listing. */
  async list(bucket = BUCKET) {
    const found = [];
    for (let token = ""; ; ) {
      const query = new URLSearchParams({ "list-type": "2", "max-keys": "20" });
      if (this.encodesNames) query.set("encoding-type", "url");
      if (token) query.set("continuation-token", token);
      const text = String(query).replaceAll("+", "%20");
      const response = await this.client.fetch(`${this.s3.endpoint}/${bucket}?${text}`);
      const xml = await response.text();
      assert.equal(response.status, 200, xml);
      for (const [, entry] of xml.matchAll(/<Contents>(.*?)<\/Contents>/gs)) {
        found.push({ key: this.#name(element(entry, "Key")), size: Number(element(entry, "Size")) });
      }
      if (element(xml, "IsTruncated") !== "true") break;
      token = element(xml, "NextContinuationToken");
    }
    return found.sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  /** Resolves to the keys of unfinished multipart uploads. The list is empty if the server cannot list them. */
  async unfinished(bucket = BUCKET) {
    const response = await this.client.fetch(`${this.s3.endpoint}/${bucket}?uploads`);
    const xml = await response.text();
    if (response.status === 501) return [];
    assert.equal(response.status, 200, xml);
    return [...xml.matchAll(/<Key>(.*?)<\/Key>/gs)].map(([, key]) => key);
  }

  #url(key) {
    return `${this.s3.endpoint}/${BUCKET}/${key}`;
  }

  #name(text) {
    return this.encodesNames ? decodeURIComponent(text.replaceAll("+", "%20")) : text;
  }
}

const ENTITIES = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** Returns the text of the first element `name`. No XML parser is used, because keys may contain characters that XML forbids. */
function element(xml, name) {
  const text = xml.match(new RegExp(`<${name}>(.*?)</${name}>`, "s"))?.[1] ?? "";
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, entity) => {
    if (hex) return String.fromCodePoint(Number.parseInt(hex, 16));
    if (decimal) return String.fromCodePoint(Number(decimal));
    return ENTITIES[entity] ?? whole;
  });
}

// Mixed requests from many clients at once, alone and beside hostile clients, in front of Garage. Each body is compared with what is
// stored. LOAD=20000 sends so many requests in each of five rounds; by default, one short round of each kind runs.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { MIB } from "./support/bodies.mjs";
import { document, operation } from "./support/documents.mjs";
import { aGateway, OPEN } from "./support/hooks.mjs";
import { realServers } from "./support/s3-servers.mjs";
import { limitedWasm } from "./support/wasm-limit.mjs";

const ROUNDS = process.env.LOAD ? 5 : 1;
const REQUESTS = Number(process.env.LOAD ?? 1000);
const CLIENTS = 64;
const HOSTILE_CLIENTS = 20;
const BINARY = "application/octet-stream";
const JSON_TYPE = "application/json";

/** The sample API with an operation whose body a model checks, and with compressed bodies. */
const api = JSON.parse(document("sample-openapi-3.0.json"));
api["x-amazon-apigateway-request-validators"] = { body: { validateRequestBody: true } };
api["x-amazon-apigateway-minimum-compression-size"] = 0;
const item = { type: "string", pattern: "^(a+)+$" };
api.paths["/checked"] = {
  put: {
    ...operation("PUT", "s3:path/demo/checked"),
    "x-amazon-apigateway-request-validator": "body",
    requestBody: { content: { [JSON_TYPE]: { schema: { type: "array", items: item } } } },
  },
};
const API = JSON.stringify(api);

const SIZES = [0, 1, 1000, 1024, 4097, 40_000, 131_073, 300_000, 3 * MIB];
const objects = SIZES.flatMap((size) =>
  [0, 1].map((nth) => ({ key: `load/${size}-${nth}.jpg`, bytes: randomBytes(size) })),
);
const pick = (list) => list[Math.floor(Math.random() * list.length)];

/** Checks a response. Returns whether it is the expected one, or a 503 that permits another try. */
function isServed({ status, headers, body }, expected, bytes, decode = (received) => received) {
  if (status === 503 && headers["retry-after"] === "1") return false;
  assert.equal(status, expected, body.toString().slice(0, 200));
  if (bytes) assert.ok(decode(body).equals(bytes), "the body has other bytes");
  return true;
}

const decoded = (body) => Buffer.from(body.toString("latin1"), "base64");

/** The kinds of requests, each with its share. A function resolves to whether it was served. */
const KINDS = /** @type {[number, (gateway: any, client: string) => Promise<boolean>][]} */ ([
  [
    35,
    async (gateway) => {
      const { key, bytes } = pick(objects);
      return isServed(await gateway.request(`/v1/s3?key=${key}`, { headers: { accept: BINARY } }), 200, bytes);
    },
  ],
  [
    25,
    async (gateway) => {
      const { key, bytes } = pick(objects);
      return isServed(
        await gateway.request(`/v1/s3?key=${key}`, { headers: { accept: JSON_TYPE } }),
        200,
        bytes,
        decoded,
      );
    },
  ],
  [
    10,
    async (gateway) => {
      const { key, bytes } = pick(objects.filter(({ bytes }) => bytes.length > 10));
      const headers = { accept: BINARY, range: "bytes=3-9" };
      return isServed(await gateway.request(`/v1/s3?key=${key}`, { headers }), 206, bytes.subarray(3, 10));
    },
  ],
  [5, async (gateway) => isServed(await gateway.request("/v1/s3?key=load/none", { headers: { accept: BINARY } }), 500)],
  [5, async (gateway) => isServed(await gateway.request("/v1/nowhere"), 403)],
  [10, (gateway, client) => stored(gateway, `load/${client}-raw.jpg`, BINARY, (bytes) => bytes)],
  [10, (gateway, client) => stored(gateway, `load/${client}-text.jpg`, JSON_TYPE, (bytes) => bytes.toString("base64"))],
]);

/** Uploads random bytes, and downloads them. */
async function stored(gateway, key, type, encode) {
  const bytes = randomBytes(pick(SIZES));
  const upload = { method: "PUT", headers: { "content-type": type }, body: encode(bytes) };
  if (!isServed(await gateway.request(`/v1/s3?key=${key}`, upload), 200)) return false;
  return isServed(await gateway.request(`/v1/s3?key=${key}`, { headers: { accept: BINARY } }), 200, bytes);
}

function kind() {
  let at = Math.random() * KINDS.reduce((sum, [share]) => sum + share, 0);
  for (const [share, send] of KINDS) {
    at -= share;
    if (at < 0) return send;
  }
  return KINDS[0][1];
}

/** Sends the requests of a round. Resolves to the number of requests that were not served in three tries. */
async function round(gateway) {
  let [left, refused] = [REQUESTS, 0];
  const client = async (_, nth) => {
    while (left-- > 0) {
      const send = kind();
      let isDone = false;
      for (let tries = 0; tries < 3 && !isDone; tries++) {
        if (tries > 0) await sleep(1000);
        isDone = await send(gateway, `${nth}`);
      }
      if (!isDone) refused++;
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return refused;
}

const send = (gateway, path, headers, body) => gateway.request(path, { method: "PUT", headers, body });
const typed = { "content-type": JSON_TYPE };
const bomb = gzipSync(Buffer.alloc(256 * MIB));
const large = randomBytes(8 * MIB).toString("base64");

/** What a hostile client does, again and again. */
const ATTACKS = [
  (gateway) => send(gateway, "/v1/checked", typed, `[${"1,".repeat(500_000)}1]`),
  (gateway) => send(gateway, "/v1/checked", typed, `["${"a".repeat(900_000)}!"]`),
  (gateway) => send(gateway, "/v1/checked", { ...typed, "content-encoding": "gzip" }, bomb),
  (gateway) => send(gateway, "/v1/s3?key=load/bomb", { ...typed, "content-encoding": "gzip" }, bomb),
  (gateway) => send(gateway, "/v1/s3?key=load/large", typed, large),
  async (gateway) => {
    const socket = connect(gateway.port, "127.0.0.1");
    socket.on("error", () => {});
    socket.write(
      `PUT /v1/s3?key=load/slow HTTP/1.1\r\nHost: a\r\nContent-Type: ${JSON_TYPE}\r\nContent-Length: 5000000\r\n\r\nAAAA`,
    );
    await sleep(500);
    socket.destroy();
  },
];

/** Attacks until `isOver()`. Never rejects. */
async function attack(gateway, nth, isOver) {
  for (let at = nth; !isOver(); at++) {
    await ATTACKS[at % ATTACKS.length](gateway).catch(() => {});
    await sleep(20);
  }
}

describe("load", () => {
  const [, garage] = realServers();

  for (const [what, options, hostile] of /** @type {[string, object, number][]} */ ([
    ["alone", {}, 0],
    [
      `beside ${HOSTILE_CLIENTS} hostile clients, with 112 MiB of wasm memory`,
      { wasm: limitedWasm(112 * MIB) },
      HOSTILE_CLIENTS,
    ],
  ])) {
    describe(`${CLIENTS} clients ${what}`, () => {
      const gateway = aGateway(() => ({ api: API, s3: garage.s3, vars: { ...OPEN, ACCESS_LOG: "off" }, ...options }));

      test(`${ROUNDS} x ${REQUESTS} requests: no wrong byte, and 99 % are served`, {
        timeout: 60_000 + 60 * ROUNDS * REQUESTS,
      }, async (t) => {
        for (const { key, bytes } of objects) await garage.store.put(key, bytes, { "content-type": "image/jpeg" });
        let isOver = false;
        const attacks = Array.from({ length: hostile }, (_, nth) => attack(gateway, nth, () => isOver));
        let refused = 0;
        const started = performance.now();
        try {
          for (let nth = 0; nth < ROUNDS; nth++) refused += await round(gateway);
        } finally {
          isOver = true;
          await Promise.all(attacks);
        }
        const seconds = (performance.now() - started) / 1000;
        t.diagnostic(`${refused} of ${ROUNDS * REQUESTS} requests were not served, after ${seconds.toFixed(0)} s`);
        assert.ok(refused <= (hostile ? (ROUNDS * REQUESTS) / 100 : 0), `${refused} requests were not served`);
      });
    });
  }
});

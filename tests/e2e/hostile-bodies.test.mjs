// Long JSON bodies that a model reads: the memory that they take, and the time that other requests wait.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, test } from "node:test";
import { deflateSync, gzipSync } from "node:zlib";
import { MIB } from "./support/bodies.mjs";
import { documentOf, operation } from "./support/documents.mjs";
import { aGateway, aRecorder, OPEN } from "./support/hooks.mjs";
import { aMultipartS3 } from "./support/multipart-s3.mjs";
import { PROBED, peakOfRuntime, probe } from "./support/wasm-probe.mjs";

const JSON_TYPE = "application/json";

/** Returns a document whose PUT reads the body with a model. GET is a mock. */
function validating(schema) {
  const put = {
    ...operation("PUT", "s3:path/files/a"),
    "x-amazon-apigateway-request-validator": "body",
    requestBody: { content: { [JSON_TYPE]: { schema } } },
  };
  const mock = {
    responses: { 200: { description: "ok" } },
    "x-amazon-apigateway-integration": {
      type: "mock",
      requestTemplates: { [JSON_TYPE]: '{"statusCode": 200}' },
      responses: { default: { statusCode: "200" } },
    },
  };
  const validators = { body: { validateRequestBody: true, validateRequestParameters: false } };
  return JSON.stringify(documentOf("/a", { put, get: mock }, { "x-amazon-apigateway-request-validators": validators }));
}

/** A text that `^(a+)+$` does not match. */
const SLOW = `"${"a".repeat(10_000)}!"`;

/** A text that `x*x*y` does not match. */
const LONG = `"${"x".repeat(32_000)}"`;

/** Returns an array of `item`, with up to `bytes` bytes. */
const arrayOf = (item, bytes) =>
  `[${`${item},`.repeat(Math.floor((bytes - 2 - item.length) / (item.length + 1)))}${item}]`;

const put = (gateway, body) =>
  gateway.request("/v1/a", { method: "PUT", headers: { "content-type": JSON_TYPE }, body });

/** Sends small requests until `work` has ended. Returns the result of `work`, and the longest response time in milliseconds. */
async function beside(gateway, work) {
  let longest = 0;
  let isDone = false;
  const small = (async () => {
    while (!isDone) {
      const start = performance.now();
      assert.equal((await gateway.request("/v1/a")).status, 200);
      longest = Math.max(longest, performance.now() - start);
    }
  })();
  const result = await work.finally(() => {
    isDone = true;
  });
  await small;
  return { result, longest };
}

for (const [name, item, schema, status] of /** @type {[string, string, object, number][]} */ ([
  ["with a wrong type", "1", { type: "array", items: { type: "string" } }, 400],
  ["that is valid", "1", { type: "array", items: { type: "integer" } }, 200],
  ["with as many arrays as possible", "[]", { type: "array", maxItems: 1 }, 400],
  [
    "with texts that a backtracking engine reads for hours",
    SLOW,
    { type: "array", items: { pattern: "^(a+)+$" } },
    400,
  ],
  [
    "with texts that a backtracking engine reads in quadratic time",
    LONG,
    { type: "array", items: { pattern: "x*x*y" } },
    400,
  ],
  [
    "with objects",
    '{"a":1}',
    {
      type: "array",
      items: { type: "object", required: ["a"], properties: { a: { type: "integer" } }, additionalProperties: false },
    },
    200,
  ],
  ["with numbers", "1.25", { type: "array", items: { type: "number", minimum: 1 } }, 200],
  ["with escaped strings", '"\\u0061"', { type: "array", items: { type: "string", maxLength: 1 } }, 200],
])) {
  describe(`a JSON body of 10 MiB ${name}`, () => {
    const s3 = aRecorder();
    const api = validating(schema);
    const gateway = aGateway(() => ({ s3, api, vars: { ...OPEN, COMPATIBILITY: "aws" }, ...PROBED }));

    // On a quiet machine with two cores, other requests wait 40 to 115 ms. The limit is for a busy machine.
    test("takes less than 64 MiB, and other requests wait less than half a second", async (t) => {
      for (let warm = 0; warm < 3; warm++) await put(gateway, arrayOf(item, MIB / 16));
      const [memory, peak] = [(await probe(gateway)).memory, peakOfRuntime()];
      const { result, longest } = await beside(gateway, put(gateway, arrayOf(item, 10 * MIB)));
      assert.equal(result.status, status);
      t.diagnostic(`other requests waited up to ${longest.toFixed(0)} ms`);
      assert.ok(longest < 500, `${longest} ms`);
      const grown = (await probe(gateway)).memory - memory;
      assert.ok(grown < 64 * MIB, `wasm memory grew by ${grown / MIB} MiB`);
      const growth = (Number(peakOfRuntime()) - Number(peak)) / MIB;
      assert.ok(growth < 64, `workerd grew by ${growth} MiB`);
    });
  });
}

describe("the longest JSON body", () => {
  const s3 = aRecorder();
  const api = validating({ type: "array" });

  for (const { most, ...vars } of [
    { most: MIB },
    { most: 2000, JSON_BODY_LIMIT: "2000" },
    { most: 10 * MIB, JSON_BODY_LIMIT: "2000", COMPATIBILITY: "aws" },
  ]) {
    describe(JSON.stringify(vars), () => {
      const gateway = aGateway(() => ({ s3, api, vars: { ...OPEN, ...vars } }));

      test(`${most} bytes are read, and one more byte is a 413`, async () => {
        const body = `[${" ".repeat(most - 2)}]`;
        assert.equal((await put(gateway, body)).status, 200);
        const requests = s3.requests.length;
        assert.equal((await put(gateway, `${body} `)).status, 413);
        assert.equal(s3.requests.length, requests);
      });
    });
  }
});

describe("a body of 1 MiB that decodes to 1 GiB", () => {
  const s3 = aMultipartS3();
  const zeros = Buffer.alloc(1024 * MIB);
  const encodings = {
    gzip: { encode: gzipSync, bomb: gzipSync(zeros) },
    deflate: { encode: deflateSync, bomb: deflateSync(zeros) },
  };
  const compressed = { "x-amazon-apigateway-minimum-compression-size": 0 };
  const uploaded = JSON.stringify(documentOf("/a", { put: operation("PUT", "s3:path/demo/a.jpg") }, compressed));
  const validated = JSON.stringify({ ...JSON.parse(validating({ type: "array" })), ...compressed });

  for (const [what, api, COMPATIBILITY, status, steps] of /** @type {[string, string, string, number, string[]][]} */ ([
    ["that a model reads, edge", validated, "edge", 413, []],
    ["that a model reads, aws", validated, "aws", 413, []],
    ["that is uploaded, edge", uploaded, "edge", 415, ["POST", "PUT", "DELETE"]],
    ["that is uploaded, aws", uploaded, "aws", 413, []],
  ])) {
    for (const [encoding, { encode, bomb }] of Object.entries(encodings)) {
      describe(`${what}, ${encoding}`, () => {
        const gateway = aGateway(() => ({ s3: s3.double, api, vars: { ...OPEN, COMPATIBILITY } }));

        test(`is a ${status}, and takes less than 64 MiB`, async () => {
          s3.answers({});
          const headers = { "content-type": JSON_TYPE, "content-encoding": encoding };
          const send = (body) => gateway.request("/v1/a", { method: "PUT", headers, body });
          assert.equal((await send(encode("[]"))).status, 200);
          assert.equal(s3.double.requests[0].body.toString(), "[]");
          s3.answers({});
          const peak = peakOfRuntime();
          assert.equal((await send(bomb)).status, status);
          const growth = (Number(peakOfRuntime()) - Number(peak)) / MIB;
          assert.ok(growth < 64, `workerd grew by ${growth} MiB`);
          assert.deepEqual(
            s3.double.requests.map(({ method }) => method),
            steps,
          );
        });
      });
    }
  }

  describe("a compressed upload of 40 MiB with a ratio of ten", () => {
    const gateway = aGateway(() => ({ s3: s3.double, api: uploaded, vars: OPEN }));

    test("is stored completely", async () => {
      s3.answers({});
      const bytes = Buffer.alloc(40 * MIB);
      bytes.set(randomBytes(4 * MIB));
      const headers = { "content-type": JSON_TYPE, "content-encoding": "gzip" };
      const stored = await gateway.request("/v1/a", { method: "PUT", headers, body: gzipSync(bytes) });
      assert.equal(stored.status, 200);
      const parts = s3.double.requests.filter(({ path }) => path.includes("partNumber"));
      assert.ok(Buffer.concat(parts.map(({ body }) => body)).equals(bytes));
    });
  });
});

// Long JSON bodies that a model reads: the memory that they take, and the time that other requests wait.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { MIB } from "./support/bodies.mjs";
import { documentOf, operation } from "./support/documents.mjs";
import { aGateway, aRecorder, OPEN } from "./support/hooks.mjs";
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
  ["with escaped strings", '"\\u0061"', { type: "array", items: { type: "string", maxLength: 1 } }, 200],
])) {
  describe(`a JSON body of 10 MiB ${name}`, () => {
    const s3 = aRecorder();
    const api = validating(schema);
    const gateway = aGateway(() => ({ s3, api, vars: { ...OPEN, COMPATIBILITY: "aws" }, ...PROBED }));

    // Other requests wait up to 180 ms on a quiet machine. The limit of 500 ms is for a busy machine.
    test("takes less than 64 MiB, and other requests wait less than half a second", async () => {
      for (let warm = 0; warm < 3; warm++) await put(gateway, arrayOf(item, MIB / 16));
      const [memory, peak] = [(await probe(gateway)).memory, peakOfRuntime()];
      const { result, longest } = await beside(gateway, put(gateway, arrayOf(item, 10 * MIB)));
      assert.equal(result.status, status);
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

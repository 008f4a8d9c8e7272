// The 10 MiB limit of aws for responses with and without a Content-Length, and the largest body that edge buffers, both to the
// byte. `vectors/exchange/limits.json` also has responses with a Content-Length.

import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { describe, test } from "node:test";
import { blocks, bytesOf, hashOf, MIB } from "./support/bodies.mjs";
import { document } from "./support/documents.mjs";
import { aGateway, aRecorder, OPEN } from "./support/hooks.mjs";

const LIMIT = 10 * MIB;
const BINARY = "application/octet-stream";
const JSON_TYPE = "application/json";
const ERROR = '{"message": "Internal server error"}';

/** Answers as S3. The key `SIZE-WAY` has the size of the object, and the word `chunked` if it is sent without a length. */
const answer = ({ target }, response) => {
  const [, size, way] = /(\d+)-(\w+)/.exec(target) ?? [];
  const length = way === "chunked" ? {} : { "content-length": size };
  response.writeHead(200, { "content-type": "image/jpeg", ...length });
  Readable.from(blocks(Number(size), size))
    .on("error", () => {})
    .pipe(response);
};

describe("aws: a response of 10 MiB is served, and one more byte is a 500", () => {
  const s3 = aRecorder({ answer });
  const gateway = aGateway(() => ({
    s3,
    api: document("sample-openapi-3.0.json"),
    vars: { ...OPEN, COMPATIBILITY: "aws" },
  }));
  const get = (size, way, accept) => gateway.request(`/v1/s3?key=${size}-${way}`, { headers: { accept } });

  for (const way of ["length", "chunked"]) {
    test(`a response without conversion, ${way}`, async () => {
      const whole = await get(LIMIT, way, BINARY);
      assert.deepEqual([whole.status, whole.body.length], [200, LIMIT]);
      assert.equal(hashOf([whole.body]), hashOf(blocks(LIMIT, String(LIMIT))));
      const over = await get(LIMIT + 1, way, BINARY);
      assert.deepEqual([over.status, over.body.toString()], [500, ERROR]);
      await gateway.nextLog();
      assert.deepEqual((await gateway.nextLog()).causes, ["the body of the response is larger than 10485760 bytes"]);
    });

    test(`a response as base64, ${way}: the size of the base64 counts`, async () => {
      const largest = (LIMIT / 4) * 3;
      const whole = await get(largest, way, JSON_TYPE);
      assert.deepEqual([whole.status, whole.body.length], [200, LIMIT]);
      assert.ok(whole.body.equals(Buffer.from(bytesOf(largest, String(largest)).toString("base64"))));
      const over = await get(largest + 1, way, JSON_TYPE);
      assert.deepEqual([over.status, over.body.toString()], [500, ERROR]);
      await gateway.nextLog();
      assert.deepEqual((await gateway.nextLog()).causes, [
        "the body of the response is converted to more than 10485760 bytes",
      ]);
    });
  }
});

describe("edge: an object above 10 MiB is a 413 if the response template needs the whole object", () => {
  const s3 = aRecorder({ answer });
  const twice = JSON.parse(document("sample-openapi-3.0.json"));
  const { responses } = twice.paths["/s3"].get["x-amazon-apigateway-integration"];
  responses["2\\d{2}"].responseTemplates = { [JSON_TYPE]: "[$input.body][$input.body]" };
  const gateway = aGateway(() => ({ api: twice, s3, vars: OPEN }));

  for (const way of ["length", "chunked"]) {
    test(`the object is sent ${way === "chunked" ? "chunked" : "with a length"}`, async () => {
      const get = (size) => gateway.request(`/v1/s3?key=${size}-${way}`, { headers: { accept: JSON_TYPE } });
      const whole = await get(LIMIT);
      assert.equal(whole.status, 200);
      const text = bytesOf(LIMIT, String(LIMIT)).toString("base64");
      assert.ok(whole.body.equals(Buffer.from(`[${text}][${text}]`)));
      const over = await get(LIMIT + 1);
      assert.equal(over.status, 413);
      await gateway.nextLog();
      assert.equal((await gateway.nextLog()).error, "REQUEST_TOO_LARGE");
    });
  }
});

// The 10 MiB of aws where S3 does not tell how long its answer is, and the largest body that edge holds in memory: to the
// byte. What S3 tells of is in `vectors/exchange/limits.json`.

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

/** S3 answers an object of as many bytes as its key says, chunked if the key says so. */
const answer = ({ target }, response) => {
  const [, size, way] = /(\d+)-(\w+)/.exec(target) ?? [];
  const length = way === "chunked" ? {} : { "content-length": size };
  response.writeHead(200, { "content-type": "image/jpeg", ...length });
  Readable.from(blocks(Number(size), size))
    .on("error", () => {})
    .pipe(response);
};

describe("aws", () => {
  const s3 = aRecorder({ answer });
  const gateway = aGateway(() => ({
    s3,
    api: document("sample-openapi-3.0.json"),
    vars: { ...OPEN, COMPATIBILITY: "aws" },
  }));
  const get = (size, way, accept) => gateway.request(`/v1/s3?key=${size}-${way}`, { headers: { accept } });

  for (const way of ["length", "chunked"]) {
    test(`bytes as they are, ${way}`, async () => {
      const whole = await get(LIMIT, way, BINARY);
      assert.deepEqual([whole.status, whole.body.length], [200, LIMIT]);
      assert.equal(hashOf([whole.body]), hashOf(blocks(LIMIT, String(LIMIT))));
      const over = await get(LIMIT + 1, way, BINARY);
      assert.deepEqual([over.status, over.body.toString()], [500, ERROR]);
      await gateway.nextLog();
      assert.deepEqual((await gateway.nextLog()).causes, ["the body of the response is larger than 10485760 bytes"]);
    });

    test(`bytes as base64, ${way}: it is the base64 that is counted`, async () => {
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

describe("edge, for a template that needs the whole body", () => {
  const s3 = aRecorder({ answer });
  const twice = JSON.parse(document("sample-openapi-3.0.json"));
  const { responses } = twice.paths["/s3"].get["x-amazon-apigateway-integration"];
  responses["2\\d{2}"].responseTemplates = { [JSON_TYPE]: "[$input.body][$input.body]" };
  const gateway = aGateway(() => ({ api: twice, s3, vars: OPEN }));

  for (const way of ["length", "chunked"]) {
    test(way, async () => {
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

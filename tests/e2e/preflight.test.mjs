// A CORS preflight from a mock integration, as API Gateway exports it, and the upload that a browser sends after it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { aGateway, started } from "./support/hooks.mjs";
import { startS3Double } from "./support/s3-double.mjs";

const mocks = JSON.parse(readFileSync(new URL("../documents/mock.json", import.meta.url), "utf8"));
const preflight = mocks.paths["/preflight"].options;

/** A file server with CORS: every media type is binary, and its path has an OPTIONS mock. */
const document = {
  openapi: "3.0.1",
  info: { title: "Preflights", version: "1" },
  "x-amazon-apigateway-binary-media-types": ["*/*"],
  paths: {
    "/files/{proxy+}": {
      options: preflight,
      put: {
        responses: {
          200: { description: "200", headers: { "Access-Control-Allow-Origin": { schema: { type: "string" } } } },
        },
        "x-amazon-apigateway-integration": {
          type: "aws",
          httpMethod: "PUT",
          uri: "arn:aws:apigateway:us-west-2:s3:path/files/{object}",
          requestParameters: { "integration.request.path.object": "method.request.path.proxy" },
          responses: {
            default: {
              statusCode: "200",
              responseParameters: { "method.response.header.Access-Control-Allow-Origin": "'*'" },
            },
          },
        },
      },
    },
  },
};

const ORIGIN = { origin: "https://app.example.com" };

const double = started(() => startS3Double());
const [edge, aws] = ["edge", "aws"].map((COMPATIBILITY) =>
  aGateway(() => ({ api: document, s3: double, vars: { ALLOW_ANONYMOUS_WRITES: "true", COMPATIBILITY } })),
);

const ask = (gateway) =>
  gateway.request("/files/a/b.png", {
    method: "OPTIONS",
    headers: {
      ...ORIGIN,
      "access-control-request-method": "PUT",
      "access-control-request-headers": "content-type",
      accept: "*/*",
    },
  });

test("a preflight is answered without S3, and the upload that it allows is stored", async () => {
  double.answer([{ status: 200 }]);
  const response = await ask(edge);
  assert.equal(response.status, 200);
  assert.equal(response.headers["access-control-allow-origin"], "*");
  assert.ok(response.headers["access-control-allow-methods"].split(",").includes("PUT"));
  assert.match(response.headers["access-control-allow-headers"], /content-type/i);
  assert.equal(response.body.length, 0);
  assert.deepEqual(double.requests, [], "a mock sends no request");
  const headers = { ...ORIGIN, "content-type": "image/png" };
  const stored = await edge.request("/files/a/b.png", {
    method: "PUT",
    headers,
    body: Buffer.from([0x89, 0x50]),
  });
  assert.equal(stored.status, 200);
  assert.equal(stored.headers["access-control-allow-origin"], "*");
  assert.deepEqual(
    double.requests.map(({ method, path }) => `${method} ${path}`),
    ["PUT /files/a/b.png"],
  );
});

test("in aws a preflight is a 500, as on API Gateway", async () => {
  double.answer([]);
  const response = await ask(aws);
  assert.equal(response.status, 500);
  assert.equal(String(response.body), '{"message": "Internal server error"}');
  assert.deepEqual(double.requests, []);
});

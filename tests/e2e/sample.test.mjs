// The sample API: the photograph is uploaded and downloaded as bytes and as base64, with every form of the document, in
// front of real S3 servers.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { document } from "./support/documents.mjs";
import { aGateway, OPEN } from "./support/hooks.mjs";
import { BUCKET, realServers } from "./support/s3-servers.mjs";

const PHOTOGRAPH = readFileSync(new URL("../assets/image.jpg", import.meta.url));
const BASE64 = PHOTOGRAPH.toString("base64");
const BINARY = "application/octet-stream";

const withTemplate = (base64) => `{\n   "image": "${base64}"\n}`;
const withoutTemplate = (base64) => base64;

/** The forms of the document, each with the body of a download as JSON. */
const DOCUMENTS = [
  { way: "the document of the clone", api: undefined, json: withTemplate },
  ...["sample-openapi-3.0.json", "sample-swagger-2.0.json"].flatMap((name) => [
    { way: `${name} as text`, api: document(name), json: withoutTemplate },
    { way: `${name} as an object`, api: JSON.parse(document(name)), json: withoutTemplate },
  ]),
];

const servers = realServers();

for (const server of servers) {
  for (const [nth, { way, api, json }] of DOCUMENTS.entries()) {
    describe(`${server.name}, ${way}`, () => {
      const gateway = aGateway(() => ({ api, s3: server.s3, vars: OPEN }));
      const put = (key, type, body) =>
        gateway.request(`/v1/s3?key=${key}`, { method: "PUT", headers: { "content-type": type }, body });
      const get = (key, accept) => gateway.request(`/v1/s3?key=${key}`, { headers: { accept } });

      for (const [upload, type, body, storedType] of [
        ["bytes", BINARY, PHOTOGRAPH, BINARY],
        ["base64", "application/json", BASE64, "image/jpeg"],
      ]) {
        test(`the photograph is uploaded as ${upload} and downloaded as bytes and as base64`, async () => {
          // The key is different in each suite, so that an upload of another suite cannot make this test pass.
          const key = `${nth}-${upload}.jpg`;
          assert.equal(await server.store.head(key), null);
          const uploaded = await put(key, type, body);
          assert.equal(uploaded.status, 200);
          assert.equal(uploaded.body.length, 0);

          const stored = await server.store.get(key);
          assert.ok(stored.body.equals(PHOTOGRAPH), "the object is the photograph");
          assert.equal(stored.headers.get("content-type"), storedType);

          const raw = await get(key, BINARY);
          assert.equal(raw.status, 200);
          assert.equal(raw.headers["content-type"], storedType);
          assert.equal(raw.headers["content-length"], String(PHOTOGRAPH.length));
          assert.ok(raw.body.equals(PHOTOGRAPH), "the body is the photograph");

          const text = await get(key, "application/json");
          assert.equal(text.status, 200);
          assert.equal(text.headers["content-type"], "application/json");
          assert.equal(text.headers["content-length"], String(text.body.length));
          assert.equal(text.body.toString("latin1"), json(BASE64));
        });
      }

      test("a missing object is a 500 with S3's error document", async () => {
        const answer = await get("no-such-object.jpg", BINARY);
        assert.equal(answer.status, 500);
        assert.equal(answer.headers["content-type"], "application/xml");
        assert.match(answer.body.toString(), /<Code>NoSuchKey<\/Code>/);
      });

      test("a path or method that the document does not have is a 403", async () => {
        const before = await server.store.list(BUCKET);
        for (const [method, path] of [
          ["GET", "/v1/other?key=a"],
          ["POST", "/v1/s3?key=a"],
          ["GET", `/s3?key=${nth}-bytes.jpg`],
        ]) {
          const answer = await gateway.request(path, { method, body: method === "POST" ? "a" : undefined });
          assert.equal(answer.status, 403, `${method} ${path}`);
          assert.equal(answer.body.toString(), '{"message":"Missing Authentication Token"}');
          assert.equal(answer.headers["x-amzn-errortype"], "MissingAuthenticationTokenException");
        }
        assert.deepEqual(await server.store.list(BUCKET), before);
      });
    });
  }
}

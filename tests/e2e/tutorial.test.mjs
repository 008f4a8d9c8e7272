// The tutorial API, "Amazon S3 as a proxy", in front of s3s-fs: each of its eight operations, called with a signature. The
// last suite starts a document with a hundred copies of that API.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { AwsClient } from "aws4fetch";
import { document, largeDocument } from "./support/documents.mjs";
import { startGateway } from "./support/gateway.mjs";
import { aGateway } from "./support/hooks.mjs";
import { realServers } from "./support/s3-servers.mjs";

const PHOTOGRAPH = readFileSync(new URL("../assets/image.jpg", import.meta.url));
const ID = "AKIAIOSFODNN7EXAMPLE";
const SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const KEYS = { IAM_ACCESS_KEYS: { [ID]: SECRET } };
const JPEG = { "content-type": "image/jpeg" };

/** Sends a signed request, as `curl --aws-sigv4 "aws:amz:us-west-2:execute-api"` does. */
async function call(
  gateway,
  method,
  path,
  /** @type {{ headers?: Record<string, string>, body?: any }} */ { headers = {}, body } = {},
) {
  const client = new AwsClient({
    accessKeyId: ID,
    secretAccessKey: SECRET,
    service: "execute-api",
    region: "us-west-2",
  });
  const url = `http://${new URL(gateway.url).host}${path}`;
  const signed = await client.sign(url, { method, headers, body, aws: { allHeaders: true } });
  return gateway.request(path, { method, headers: Object.fromEntries(signed.headers), body });
}

const [s3s] = realServers();

for (const behaviour of ["aws", "edge"]) {
  describe(`the tutorial API, ${behaviour}`, () => {
    const folder = `summer-${behaviour}`;
    const item = `/archive/${folder}/beach.jpg`;
    const gateway = aGateway(() => ({
      api: document("tutorial-swagger-2.0.json"),
      s3: s3s.s3,
      vars: { COMPATIBILITY: behaviour, ...KEYS },
    }));

    test("a request without a signature: 403", async () => {
      for (const path of ["/archive", `/archive/${folder}`, item]) {
        const answer = await gateway.request(path);
        assert.equal(answer.status, 403);
        assert.equal(answer.body.toString(), '{"message":"Missing Authentication Token"}');
      }
    });

    test("PUT /{folder} creates a bucket, and GET / lists it", async () => {
      assert.equal((await call(gateway, "PUT", `/archive/${folder}`, { body: "" })).status, 200);
      const listed = await call(gateway, "GET", "/archive/");
      assert.equal(listed.status, 200, listed.body.toString());
      assert.match(listed.headers["content-type"], /^application\/xml/);
      assert.match(listed.body.toString(), new RegExp(`<Name>${folder}</Name>`));
    });

    test("PUT /{folder}/{item} stores the photograph, and GET /{folder} lists it", async () => {
      const stored = await call(gateway, "PUT", item, { headers: JPEG, body: PHOTOGRAPH });
      assert.equal(stored.status, 200, stored.body.toString());
      const listed = await call(gateway, "GET", `/archive/${folder}`);
      assert.equal(listed.status, 200);
      assert.match(listed.body.toString(), /<Key>beach.jpg<\/Key>/);
    });

    test("GET /{folder}/{item} returns the photograph as bytes and as base64", async () => {
      const raw = await call(gateway, "GET", item, { headers: { accept: "image/jpeg" } });
      assert.equal(raw.status, 200);
      assert.equal(raw.headers["content-type"], "image/jpeg");
      assert.ok(raw.body.equals(PHOTOGRAPH), "the body is the photograph");
      const text = await call(gateway, "GET", item, { headers: { accept: "application/json" } });
      assert.equal(text.body.toString("latin1"), PHOTOGRAPH.toString("base64"));
    });

    test("HEAD /{folder}/{item} returns the length", async () => {
      const head = await call(gateway, "HEAD", item, { headers: { accept: "image/jpeg" } });
      assert.equal(head.status, 200);
      assert.equal(head.headers["x-amzn-remapped-content-length"], String(PHOTOGRAPH.length));
      assert.equal(head.body.length, 0);
    });

    test("DELETE removes the item and then the folder, and a missing item is a 400", async () => {
      assert.equal((await call(gateway, "DELETE", item)).status, 200);
      const gone = await call(gateway, "GET", item, { headers: { accept: "application/json" } });
      assert.equal(gone.status, 400);
      assert.match(gone.body.toString(), /<Code>NoSuchKey<\/Code>/);
      assert.equal((await call(gateway, "DELETE", `/archive/${folder}`)).status, 200);
      assert.doesNotMatch((await call(gateway, "GET", "/archive")).body.toString(), new RegExp(folder));
    });
  });
}

describe("a document of 300 resources", () => {
  /** Resolves to the milliseconds of the first request to a new Worker, which loads the API. The API has no such route. */
  async function firstAnswer(api) {
    const gateway = await startGateway({ api, s3: s3s.s3, vars: KEYS });
    const started = performance.now();
    const answer = await gateway.request("/archive/nowhere/at/all");
    const took = performance.now() - started;
    await gateway.stop();
    assert.equal(answer.status, 403);
    assert.equal(answer.body.toString(), '{"message":"Missing Authentication Token"}');
    return took;
  }

  test("every resource is served", async () => {
    const gateway = await startGateway({ api: largeDocument(), s3: s3s.s3, vars: KEYS });
    try {
      for (const nth of [0, 57, 99]) {
        assert.equal((await call(gateway, "GET", `/archive/team${nth}/`)).status, 200, `team${nth}`);
      }
    } finally {
      await gateway.stop();
    }
  });

  test("the first request is not much slower than with 3 resources", async (context) => {
    const small = JSON.parse(document("tutorial-swagger-2.0.json"));
    const least = { small: Infinity, large: Infinity };
    for (let round = 0; round < 5; round++) {
      least.small = Math.min(least.small, await firstAnswer(small));
      least.large = Math.min(least.large, await firstAnswer(largeDocument()));
    }
    const cost = least.large - least.small;
    context.diagnostic(`${cost.toFixed(1)} ms more than 3 resources (${least.small.toFixed(1)} ms)`);
    // `npm run bench` measures the time. Other programs slow this test down, so its limit is generous.
    assert.ok(cost < 250, `${cost.toFixed(1)} ms`);
  });
});

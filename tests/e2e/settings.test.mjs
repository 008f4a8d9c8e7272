// Settings that select the bucket and allow writes, in front of real servers. Invalid settings are in errors.test.mjs, and
// signatures in signing.test.mjs.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { document, documentOf, operation } from "./support/documents.mjs";
import { startGateway } from "./support/gateway.mjs";
import { aGateway, allTrafficTo, OPEN } from "./support/hooks.mjs";
import { realServers } from "./support/s3-servers.mjs";

const BINARY = "application/octet-stream";
const WRITES = { ALLOW_ANONYMOUS_WRITES: "true" };
const DOMAIN = "s3.localhost";

const put = (gateway, path, body) =>
  gateway.request(path, { method: "PUT", headers: { "content-type": BINARY }, body });
const get = (gateway, path) => gateway.request(path, { headers: { accept: BINARY } });

/** Returns a document with GET and PUT of one path, both for the same S3 URI. */
const anywhere = (path, uri, requestParameters) =>
  documentOf(path, {
    get: operation("GET", uri, { requestParameters }),
    put: operation("PUT", uri, { requestParameters }),
  });

const KEY_OF_PATH = { "integration.request.path.key": "method.request.path.key" };

for (const server of realServers({ domain: DOMAIN })) {
  /** Starts a gateway that is stopped after the test `t`. */
  async function gatewayFor(t, vars, options = {}, /** @type {object} */ writes = WRITES) {
    const gateway = await startGateway({ s3: server.s3, vars: { ...writes, ...vars }, ...options });
    t.after(() => gateway.stop());
    return gateway;
  }

  /** Uploads and downloads an object. Asserts that it is `key` in `bucket` and that the other bucket is unchanged. */
  async function assertStored(gateway, path, bucket, key) {
    const body = `for ${bucket} ${key} by ${path} ${Math.random()}`;
    const other = bucket === "demo" ? "other" : "demo";
    const untouched = await server.store.list(other);
    const up = await put(gateway, path, body);
    assert.equal(up.status, 200, `${up.body} ${JSON.stringify(gateway.logs)}`);
    assert.ok(
      (await server.store.list(bucket)).some((entry) => entry.key === key && entry.size === Buffer.byteLength(body)),
    );
    assert.deepEqual(await server.store.list(other), untouched);
    const down = await get(gateway, path);
    assert.equal(down.status, 200);
    assert.equal(down.body.toString(), body);
  }

  describe(server.name, () => {
    before(() => server.store.createBucket("other"));

    for (const [nth, { what, api, vars, path, bucket, key }] of BUCKETS().entries()) {
      test(`${what}: ${path} is the key ${key} in the bucket ${bucket}`, async (t) => {
        await assertStored(
          await gatewayFor(t, vars, { api }),
          path.replace("KEY", `object-${nth}`),
          bucket,
          key.replace("KEY", `object-${nth}`),
        );
      });
    }

    test("without S3_BUCKET, a path with only a bucket name writes no object", async (t) => {
      const gateway = await gatewayFor(t, {});
      const [demo, other] = [await server.store.list("demo"), await server.store.list("other")];
      // S3 receives a CreateBucket request, which does not change an existing bucket.
      await put(gateway, "/v1/s3?key=demo", "");
      assert.deepEqual([await server.store.list("demo"), await server.store.list("other")], [demo, other]);
    });

    describe("S3_ADDRESSING=virtual", () => {
      const gateway = aGateway(() => ({
        s3: server.s3,
        // The host name does not resolve on every system. So all requests go to the server's port, with the host of the URL.
        vars: { ...OPEN, S3_BUCKET: "other", S3_ADDRESSING: "virtual", S3_ENDPOINT: `http://${DOMAIN}` },
        ...allTrafficTo(server.s3.port),
      }));

      for (const key of ["virtual.bin", "a/b c+d%2F.bin", "\u00fc\ud83d\ude00'()*.bin"]) {
        test(`the bucket is in the host name, the key is ${key}`, () =>
          assertStored(gateway, `/v1/s3?key=${encodeURIComponent(key)}`, "other", key));
      }

      test("the server selects the bucket by the host name", async () => {
        assert.equal((await get(gateway, "/v1/s3?key=only-in-demo.bin")).status, 500);
        const answer = await get(gateway, "/v1/s3?key=other/virtual.bin");
        assert.match(answer.body.toString(), /NoSuchKey/);
      });
    });

    test("S3_ENDPOINT may end with a slash", async (t) => {
      const gateway = await gatewayFor(t, { S3_BUCKET: "demo", S3_ENDPOINT: `${server.s3.endpoint}/` });
      await assertStored(gateway, "/v1/s3?key=slash", "demo", "slash");
    });

    test("S3_ENDPOINT may be a host name", async (t) => {
      const gateway = await gatewayFor(
        t,
        { S3_BUCKET: "demo", S3_ENDPOINT: `http://${DOMAIN}` },
        allTrafficTo(server.s3.port),
      );
      await assertStored(gateway, "/v1/s3?key=name", "demo", "name");
    });

    describe("ALLOW_ANONYMOUS_WRITES", () => {
      for (const writes of [{}, { ALLOW_ANONYMOUS_WRITES: "false" }]) {
        test(`${writes.ALLOW_ANONYMOUS_WRITES ?? "not set"}: writes are 403 and nothing is written, reads are served`, async (t) => {
          const vars = { S3_BUCKET: "demo" };
          await server.store.put("kept", "as it was");
          const gateway = await gatewayFor(t, vars, { api: document("file-server.json") }, writes);
          const listed = await server.store.list();
          for (const [method, type, body, key] of [
            ["PUT", BINARY, "changed", "kept"],
            ["PUT", BINARY, "new", "new"],
            ["PUT", "application/json", "AAEC", "kept"],
            ["DELETE", BINARY, undefined, "kept"],
          ]) {
            const answer = await gateway.request(`/files/${key}`, { method, headers: { "content-type": type }, body });
            assert.equal(answer.status, 403, `${method} ${type}`);
            assert.equal((await gateway.nextLog()).s3_status, undefined);
          }
          assert.deepEqual(await server.store.list(), listed);
          assert.equal((await get(gateway, "/files/kept")).body.toString(), "as it was");
        });
      }

      test("true: everyone can write and delete", async (t) => {
        const gateway = await gatewayFor(t, { S3_BUCKET: "demo" }, { api: document("file-server.json") });
        assert.equal((await put(gateway, "/files/gone", "x")).status, 200);
        assert.equal((await gateway.request("/files/gone", { method: "DELETE" })).status, 204);
        assert.equal(await server.store.head("gone"), null);
      });
    });

    for (const [basePath, prefix, elsewhere] of [
      ["/v2", "/v2", "/v1"],
      ["v2/deep/", "/v2/deep", "/v2"],
      ["/", "", "/v1"],
    ]) {
      test(`BASE_PATH=${basePath} replaces the base path of the document`, async (t) => {
        const gateway = await gatewayFor(t, { S3_BUCKET: "demo", BASE_PATH: basePath });
        await assertStored(gateway, `${prefix}/s3?key=base`, "demo", "base");
        const before = await server.store.list();
        const answer = await put(gateway, `${elsewhere}/s3?key=elsewhere`, "x");
        assert.equal(answer.status, 403);
        assert.equal(answer.body.toString(), '{"message":"Missing Authentication Token"}');
        assert.deepEqual(await server.store.list(), before);
      });
    }
  });
}

/** Settings and `uri`s of the document, each with the bucket that they select. `KEY` is a different name in every test. */
function BUCKETS() {
  const proxy = anywhere("/o/{key+}", "s3:path/{key}", KEY_OF_PATH);
  const named = anywhere("/o/{bucket}/{key+}", "s3:path/{bucket}/{key}", {
    ...KEY_OF_PATH,
    "integration.request.path.bucket": "method.request.path.bucket",
  });
  const prefixed = anywhere("/o/{key+}", "s3:path/demo/uploads/{key}", KEY_OF_PATH);
  const subdomain = anywhere("/o/{key+}", "other.s3:path/{key}", KEY_OF_PATH);
  const staged = anywhere("/o/{key+}", "s3:path/${stageVariables.bucket}/${stageVariables.folder}/{key}", KEY_OF_PATH);
  return [
    {
      what: "S3_BUCKET is set",
      vars: { S3_BUCKET: "other" },
      path: "/v1/s3?key=demo/KEY",
      bucket: "other",
      key: "demo/KEY",
    },
    { what: "S3_BUCKET is not set", vars: {}, path: "/v1/s3?key=other/KEY", bucket: "other", key: "KEY" },
    { what: "S3_BUCKET is not set", vars: {}, path: "/v1/s3?key=demo/a%20b/KEY", bucket: "demo", key: "a b/KEY" },
    { what: "S3_BUCKET is empty", vars: { S3_BUCKET: "" }, path: "/v1/s3?key=other/KEY", bucket: "other", key: "KEY" },
    { what: "a greedy path parameter", api: proxy, vars: {}, path: "/v1/o/other/a/KEY", bucket: "other", key: "a/KEY" },
    {
      what: "the bucket is a path parameter in the uri",
      api: named,
      vars: {},
      path: "/v1/o/other/a/KEY",
      bucket: "other",
      key: "a/KEY",
    },
    {
      what: "S3_BUCKET is set, and the uri has a prefix",
      api: prefixed,
      vars: { S3_BUCKET: "other" },
      path: "/v1/o/KEY",
      bucket: "other",
      key: "demo/uploads/KEY",
    },
    {
      what: "the uri has the bucket and a prefix",
      api: prefixed,
      vars: {},
      path: "/v1/o/KEY",
      bucket: "demo",
      key: "uploads/KEY",
    },
    { what: "a subdomain in the uri", api: subdomain, vars: {}, path: "/v1/o/KEY", bucket: "other", key: "KEY" },
    {
      what: "a subdomain in the uri and S3_BUCKET",
      api: subdomain,
      vars: { S3_BUCKET: "demo" },
      path: "/v1/o/KEY",
      bucket: "other",
      key: "KEY",
    },
    {
      what: "STAGE_VARIABLES in the uri, as an object",
      api: staged,
      vars: { STAGE_VARIABLES: { bucket: "other", folder: "staged" } },
      path: "/v1/o/KEY",
      bucket: "other",
      key: "staged/KEY",
    },
    {
      what: "STAGE_VARIABLES in the uri, as text",
      api: staged,
      vars: { STAGE_VARIABLES: '{"bucket": "demo", "folder": "x"}' },
      path: "/v1/o/KEY",
      bucket: "demo",
      key: "x/KEY",
    },
  ];
}

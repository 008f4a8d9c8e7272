// The templates of tests/templates. Each template is compiled by the CLI and runs in the built Worker, in front of S3, an
// HTTP backend and the original API (PASSTHROUGH_URL). Served operations read or change the object in S3, or return the response of
// the HTTP backend. The other operations return the response of the original API.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { PROGRAM } from "../../scripts/cli.mjs";
import { s3Client, startS3sFs } from "../../scripts/servers.mjs";
import { startGateway } from "./support/gateway.mjs";
import { started } from "./support/hooks.mjs";
import { startOriginal } from "./support/original.mjs";
import { sha256 } from "./support/sigv4.mjs";

const TEMPLATES = fileURLToPath(new URL("../templates", import.meta.url));
const CASES = JSON.parse(readFileSync(join(TEMPLATES, "expected.json"), "utf8"));
const TYPE = "application/octet-stream";
const WITH_BODY = ["POST", "PUT", "PATCH"];

let folder;
let s3;
let client;
const original = started(async () =>
  Object.assign(await startOriginal(), { answer: answer(207, "from the original") }),
);
const backend = started(async () => Object.assign(await startOriginal(), { answer: answer(200, "from the backend") }));
before(async () => {
  folder = mkdtempSync(join(tmpdir(), "s3-edge-gateway-"));
  s3 = await startS3sFs({ dir: join(folder, "s3"), bucket: "demo" });
  client = await s3Client(s3);
});
after(async () => {
  await s3?.stop();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

/** Returns an answer of `startOriginal` that contains the received request, so that a test can compare both. */
function answer(status, text) {
  return async (seen, _request, response) => {
    const body = await seen.body();
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify({ text, method: seen.method, target: seen.target, body: body.toString() }));
  };
}

const known = (text) =>
  text
    .replaceAll("@backend", `127.0.0.1:${backend.port}`)
    .replace(/@sha256\(([^)]*)\)/g, (_, secret) => sha256(secret));

/**
 * Converts values to options of `compile`. The values have the format of a parameters file.
 * @param {{ parameters?: object, conditions?: object, variables?: object, resource?: string }} [values]
 */
function options({ parameters = {}, conditions = {}, variables = {}, resource } = {}) {
  const assigned = (option, values) =>
    Object.entries(values).flatMap(([name, value]) => [option, `${name}=${known(String(value))}`]);
  return [
    ...assigned("--parameter", parameters),
    ...assigned("--condition", conditions),
    ...assigned("--variable", variables),
    ...(resource ? ["--resource", resource] : []),
  ];
}

/** Runs `compile --json`. Resolves to its report and the content of `api.bin`. */
async function compile(template, values) {
  const output = join(folder, "api.bin");
  const args = ["compile", join(TEMPLATES, template), "--output", output, "--json", ...options(values)];
  const child = spawn(PROGRAM, args, { stdio: ["ignore", "pipe", "pipe"] });
  const printed = { stdout: "", stderr: "" };
  for (const name of Object.keys(printed))
    child[name].setEncoding("utf8").on("data", (text) => (printed[name] += text));
  const status = await new Promise((resolve, reject) => child.on("error", reject).on("close", resolve));
  assert.equal(status, 0, printed.stderr);
  return { report: JSON.parse(printed.stdout), bin: readFileSync(output) };
}

const urlOf = (object) => `${s3.endpoint}/${object}`;

async function store(object, body) {
  // A bucket of s3s-fs is a folder.
  mkdirSync(join(s3.dir, object.split("/")[0]), { recursive: true });
  const response = await client.fetch(urlOf(object), { method: "PUT", body, headers: { "content-type": TYPE } });
  assert.equal(response.status, 200, await response.text());
}

/** Resolves to the stored object as text, or to null if it does not exist. */
async function stored(object) {
  const response = await client.fetch(urlOf(object));
  const text = await response.text();
  return response.status === 404 ? null : text;
}

CASES.forEach(({ template, parameters, settings = {}, headers = {}, basePath = "", operations }, nth) => {
  describe(parameters ? `${template} with ${JSON.stringify(parameters)}` : template, () => {
    let gateway;
    let report;
    let bin;
    before(async () => {
      ({ report, bin } = await compile(template, parameters));
      const vars = Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, known(value)]));
      gateway = await startGateway({ bin, s3, vars: { ...vars, PASSTHROUGH_URL: original.url } });
    });
    after(() => gateway?.stop());

    test("the table lists every operation with its backend", () => {
      const rows = report.operations.map(({ method, path, served, requires = [], reasons }) => ({
        operation: `${method} ${path}`,
        served,
        codes: reasons.map(({ code }) => code),
        requires,
      }));
      const expected = operations.map(({ operation, served, codes = [], requires = [] }) => ({
        operation,
        served,
        codes,
        requires,
      }));
      assert.deepEqual(rows, expected);
      assert.ok(report.bytes > 0);
    });

    for (const { operation, request: path, method = operation.split(" ")[0], ...expected } of operations) {
      test(`${operation}: ${method} ${path}`, async () => {
        const content = `${nth} ${operation} ${Math.random()}`;
        const sent = WITH_BODY.includes(method) ? content : undefined;
        const object = expected.object ?? expected.listing;
        if (object) await store(object, method === "PUT" ? "before" : content);
        original.requests.length = 0;
        backend.requests.length = 0;

        const init = { method, headers: { ...headers, ...(sent && { "content-type": TYPE }) }, body: sent };
        const response = await gateway.request(path, init);
        const text = response.body.toString();
        const { status = 200, body, listing, backend: target } = expected;
        const isPassed =
          expected.object === undefined && body === undefined && listing === undefined && target === undefined;

        assert.equal(original.requests.length, isPassed ? 1 : 0);
        assert.equal(backend.requests.length, target ? 1 : 0);
        if (isPassed) {
          const below = `/prod${path.slice(basePath.length)}`;
          assert.equal(response.status, 207, text);
          assert.deepEqual(JSON.parse(text), { text: "from the original", method, target: below, body: sent ?? "" });
          assert.equal((await gateway.nextLog()).backend, "passthrough");
          return;
        }
        assert.equal(response.status, status, text);
        if (target) assert.deepEqual(JSON.parse(text), { text: "from the backend", method, target, body: "" });
        if (body !== undefined) assert.equal(text, body);
        if (listing) assert.match(text, new RegExp(`<Key>${listing.split("/").slice(1).join("/")}</Key>`));
        if (expected.object && method === "GET") assert.equal(text, content);
        if (expected.object && method === "PUT") assert.equal(await stored(expected.object), content);
        if (expected.object && method === "DELETE") assert.equal(await stored(expected.object), null);
        assert.notEqual((await gateway.nextLog()).backend, "passthrough");
      });
    }

    const conditional = operations.filter(({ served }) => served === "conditional");
    if (conditional.length > 0) {
      test("conditional operations without their settings are sent to the original API", async (t) => {
        const bare = await startGateway({ bin, s3, vars: { PASSTHROUGH_URL: original.url } });
        t.after(() => bare.stop());
        for (const { operation, request: path, method = operation.split(" ")[0] } of conditional) {
          const response = await bare.request(path, { method, headers });
          assert.equal(JSON.parse(response.body.toString()).text, "from the original", operation);
        }
      });
    }

    test("a path that the document does not have is a 403", async () => {
      original.requests.length = 0;
      assert.equal((await gateway.request(`${basePath}/not-in-the-document`)).status, 403);
      assert.equal(original.requests.length, 0);
    });
  });
});

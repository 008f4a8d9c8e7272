// `wrangler dev` while the document changes, in a copy of the repository with its own document.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, cpSync, linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { MODULES } from "../../scripts/bundle.mjs";
import { ROOT, WRANGLER } from "../../scripts/paths.mjs";
import { freePorts, launch, untilReady } from "../../scripts/processes.mjs";
import { nodeForWrangler, npmEnv } from "../../scripts/setup.mjs";
import { documentOf } from "./support/documents.mjs";
import { request } from "./support/gateway.mjs";

const COPIED = [".cargo", "scripts", "wrangler.toml", "Cargo.toml", "Cargo.lock", "package.json", "package-lock.json"];
const LINKED = ["cli", "compiler", "node_modules", "src", "target", "testing", "tests"];
const RELOAD_MS = 2000;

/** Returns a document with one mock operation that answers `text`. */
const answering = (text) =>
  JSON.stringify(
    documentOf("/text", {
      get: {
        responses: { 200: { description: "ok" } },
        "x-amazon-apigateway-integration": {
          type: "mock",
          requestTemplates: { "application/json": '{"statusCode": 200}' },
          responses: { default: { statusCode: "200", responseTemplates: { "application/json": text } } },
        },
      },
    }),
  );

let clone;
let port;
let wrangler;
const lines = [];

const env = () => {
  return npmEnv({ NO_COLOR: "1", FORCE_COLOR: "0", API: undefined });
};
const write = (text, name = "openapi.json") => writeFileSync(join(clone, "api", name), text);
const get = async () => {
  const { status, body } = await request(port, "/v1/text");
  return status === 200 ? body.toString() : `${status} ${body}`;
};
const said = (text) => lines.some((line) => line.includes(text));

/** Waits until `isTrue()`. Resolves to the time that it took, in milliseconds. */
async function until(isTrue) {
  const started = performance.now();
  while (!(await isTrue())) {
    if (performance.now() - started > 5 * RELOAD_MS)
      assert.fail(
        `the condition was not true within ${5 * RELOAD_MS} ms. The output of wrangler:\n${lines.join("\n")}`,
      );
    await sleep(20);
  }
  return performance.now() - started;
}

before(async () => {
  mkdirSync(join(ROOT, ".dev"), { recursive: true });
  clone = mkdtempSync(join(ROOT, ".dev", "reload-"));
  for (const name of COPIED) cpSync(join(ROOT, name), join(clone, name), { recursive: true });
  for (const name of LINKED) symlinkSync(join(ROOT, name), join(clone, name));
  for (const name of ["api", "build"]) mkdirSync(join(clone, name));
  // Hard links keep the modification times, so the Worker is not built again.
  for (const name of MODULES) linkSync(join(ROOT, "build", name), join(clone, "build", name));
  writeFileSync(join(clone, ".dev.vars"), 'AWS_ACCESS_KEY_ID="AKIDEXAMPLE"\nAWS_SECRET_ACCESS_KEY="secret"\n');
  write(answering("first"));
  [port] = await freePorts(1);
  const args = [
    WRANGLER,
    "dev",
    "--ip",
    "127.0.0.1",
    "--port",
    String(port),
    "--inspector-port",
    "0",
    "--show-interactive-dev-session=false",
  ];
  wrangler = launch(nodeForWrangler(), args, {
    cwd: clone,
    env: env(),
    log: join(clone, "wrangler.log"),
    onLine: (line) => lines.push(line),
  });
  await untilReady(wrangler, "wrangler dev", async () => said("Ready on http") && (await get()) === "first", {
    timeoutMs: 60_000,
  });
});
after(async () => {
  await wrangler?.stop();
  rmSync(clone, { recursive: true, force: true });
});

test("a changed document is served within 2 s", async (t) => {
  for (const text of ["second", "third"]) {
    write(answering(text));
    const took = await until(async () => (await get()) === text);
    t.diagnostic(`${took.toFixed(0)} ms`);
    assert.ok(took < RELOAD_MS, `${took} ms`);
  }
});

test("an invalid document is reported while the old API is still served, and the repaired document is served", async () => {
  write(`${answering("broken")}}`);
  await until(() => said("The previous API is still served"));
  assert.ok(said("openapi.json:1:"), lines.join("\n"));
  for (let n = 0; n < 5; n++) {
    assert.equal(await get(), "third");
    await sleep(50);
  }
  write(answering("repaired"));
  await until(async () => (await get()) === "repaired");
});

test("two documents in api/ are an error that names both", async () => {
  copyFileSync(join(clone, "api", "openapi.json"), join(clone, "api", "openapi.yaml"));
  await until(() => lines.some((line) => line.includes("api/openapi.json") && line.includes("api/openapi.yaml")));
  assert.equal(await get(), "repaired");
  rmSync(join(clone, "api", "openapi.yaml"));
});

test("a deployment of an invalid document fails, although an older api.bin exists", () => {
  write("{");
  const args = [WRANGLER, "deploy", "--dry-run", "--outdir", join(clone, "deployed")];
  const { status, stdout } = spawnSync(nodeForWrangler(), args, { cwd: clone, env: env(), encoding: "utf8" });
  assert.equal(status, 1, stdout);
  assert.match(stdout, /the document was not compiled/);
});

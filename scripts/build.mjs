// Builds the Worker: build/index.js and build/index_bg.wasm. Nothing happens if they are up to date, so that
// `wrangler dev` and `wrangler deploy` can call this every time.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { withLock } from "./cache.mjs";
import { checker, show } from "./check.mjs";
import { NPM_BIN, ROOT, TARGET, VERSIONS, WASM_TARGET_FOLDER } from "./paths.mjs";
import { buildSetUp } from "./setup.mjs";
import { duration, Failure, main, say, step } from "./steps.mjs";
import { buildTools } from "./tools.mjs";
import { wasmEnv } from "./toolchain.mjs";

const PRODUCTS = ["build/index.js", "build/index_bg.wasm"];
const SOURCES = ["src", "api", "build.rs", "Cargo.toml", "Cargo.lock", ".cargo/config.toml", "package-lock.json", "scripts/build.mjs", "scripts/bundle.mjs"];
const STAMP = join(WASM_TARGET_FOLDER, "worker.stamp.json");

function* files(path) {
  if (!existsSync(path)) return;
  if (!statSync(path).isDirectory()) return yield path;
  for (const name of readdirSync(path).sort()) yield* files(join(path, name));
}

/** What the Worker is made of, as one number: the contents of its sources, the tools' versions, variables it reads. */
function inputs({ variables = [], watched = [] }) {
  const hash = createHash("sha256");
  const add = (name, content) => hash.update(`${name}\0${content.length}\0`).update(content);
  for (const source of [...SOURCES, ...watched]) {
    for (const file of files(join(ROOT, source))) add(relative(ROOT, file), readFileSync(file));
  }
  for (const tool of ["worker-build", "wasm-bindgen-cli"]) add(tool, VERSIONS[tool]);
  for (const name of ["RUSTFLAGS", "RUN_TO_COMPLETION", "COREDUMP", "CUSTOM_SHIM", ...variables]) add(`$${name}`, process.env[name] ?? "");
  return hash.digest("hex");
}

/** What build.rs said that it depends on: files outside of `SOURCES`, and environment variables. */
function declared() {
  const folder = join(WASM_TARGET_FOLDER, TARGET, "release", "build");
  const variables = new Set();
  const watched = new Set();
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    const file = join(folder, name, "output");
    if (!name.startsWith("s3-edge-gateway-") || !existsSync(file)) continue;
    for (const [, kind, value] of readFileSync(file, "utf8").matchAll(/^cargo::?rerun-if-(env-changed|changed)=(.*)$/gm)) {
      if (kind === "env-changed") variables.add(value);
      else if (!SOURCES.some((source) => value === source || value.startsWith(`${source}/`))) watched.add(relative(ROOT, join(ROOT, value)));
    }
  }
  return { variables: [...variables].sort(), watched: [...watched].sort() };
}

const products = () =>
  PRODUCTS.map((file) => {
    const path = join(ROOT, file);
    if (!existsSync(path)) return null;
    const { size, mtimeMs } = statSync(path);
    return { file, size, mtimeMs };
  });

/** Whether the Worker that is there was made of what is there now. */
export function upToDate() {
  try {
    const stamp = JSON.parse(readFileSync(STAMP, "utf8"));
    const now = products();
    return now.every(Boolean) && JSON.stringify(stamp.products) === JSON.stringify(now) && stamp.inputs === inputs(stamp.declared);
  } catch {
    return false;
  }
}

/** Whether all that is wrong is that a variable is not set, or set otherwise, in this shell: the deployment has its own. */
function onlySettingsAreMissing(program) {
  const { stdout } = spawnSync(program, ["--json"], { cwd: ROOT, encoding: "utf8", maxBuffer: 1 << 28 });
  try {
    const errors = JSON.parse(stdout).findings.filter(({ severity }) => severity === "error");
    return errors.length > 0 && errors.every(({ code }) => code === "cannot-be-deployed");
  } catch {
    return false;
  }
}

/** What is wrong with the embedded document stops a build before it begins; what will surprise is shown. */
async function checkDocument() {
  const program = await step("checker", (current) => checker((args) => current.run("cargo", args)));
  say();
  const status = await show(program, []);
  if (status === 1 && onlySettingsAreMissing(program)) {
    say("note: [cannot-be-deployed] is about the variables of this shell; set them in [vars] of wrangler.toml or in the dashboard. The build goes on.\n");
  } else if (status !== 0) {
    throw new Failure("the document cannot run: see above");
  }
}

/** Builds the Worker if it is not up to date. Everything that the build needs must be there already. */
export async function buildWorker(current, { toolchain, wasmBindgen, workerBuild }) {
  mkdirSync(WASM_TARGET_FOLDER, { recursive: true });
  await withLock(
    join(WASM_TARGET_FOLDER, "worker.lock"),
    async () => {
      if (upToDate()) return current.skip("up to date");
      const before = inputs(declared());
      const env = wasmEnv(toolchain);
      // wasm-opt and esbuild are programs for Node, which npm puts here.
      env.PATH = `${env.PATH}:${NPM_BIN}`;
      await current.run(workerBuild, ["--release"], { env: { ...env, ...buildTools(wasmBindgen) } });
      for (const file of PRODUCTS) {
        if (!existsSync(join(ROOT, file))) throw new Failure(`worker-build wrote no ${file}`, { log: current.log });
      }
      const dependencies = declared();
      const after = inputs(dependencies);
      // A source may have been changed meanwhile: then this build is of neither state, and the next one builds again.
      const settled = before === after || before === inputs({}) ? after : "changed during the build";
      writeFileSync(STAMP, JSON.stringify({ inputs: settled, declared: dependencies, products: products() }));
    },
    current.note,
  );
}

async function run() {
  if (upToDate()) {
    console.log("The Worker is up to date.");
    return;
  }
  const started = performance.now();
  const tools = await buildSetUp();
  await checkDocument();
  await step("Worker (worker-build)", (current) => buildWorker(current, tools));
  const size = (file) => `${(statSync(join(ROOT, file)).size / 1024).toFixed(0)} KiB`;
  console.log(`\n${PRODUCTS.map((file) => `${file} (${size(file)})`).join(", ")} after ${duration(performance.now() - started)}`);
}

if (process.argv[1] && import.meta.url === pathToFileURL(realpathSync(process.argv[1])).href) await main(run);

// .ci/run: npm test, and every gate beside it. All gates run, also after one has failed; the exit status is 1 then.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { ROOT, TARGET } from "./paths.mjs";
import { nodeForWrangler, npmEnv, npmPackages, wasmTarget } from "./setup.mjs";
import { duration, Failure, main, plain, report, say, step } from "./steps.mjs";
import { output, wasmEnv } from "./toolchain.mjs";

// The Worker alone: a document comes on top, a few KiB.
const SIZE_BUDGET = 380 * 1024;
const LOG_LINES = 200;
const FUZZ = join(ROOT, "fuzz", "Cargo.toml");
const DEPLOYED = join(ROOT, ".dev", "deploy");
// The core must stay free of these: it is what `cargo test` runs on the host, and what the compiler is built on.
const BORDER = /^(worker|worker-\w+|wasm-bindgen|wasm-bindgen-\w+|js-sys|web-sys)$/;

const results = [];

async function gate(name, work) {
  const started = performance.now();
  let passed = true;
  let note = "";
  try {
    note = (await work()) ?? "";
  } catch (error) {
    passed = false;
    report(error, LOG_LINES);
  }
  results.push({ name, passed, note, took: performance.now() - started });
}

/** A gate that is one step. */
const check = (name, work) => gate(name, () => step(name, async (current) => void (await work(current))));

/** A gate that is one run of cargo for wasm32. */
const wasmCheck = (name, args) =>
  gate(name, async () => {
    const toolchain = await wasmTarget();
    // The release profile, so that macros and build scripts are those that the build of the Worker has made.
    const all = ["clippy", "--locked", "--release", "--target", TARGET, ...args, "--", "-D", "warnings"];
    await step(name, (current) => current.run("cargo", all, { env: wasmEnv(toolchain) }));
  });

const cargo = (current, args, env) => current.run("cargo", args, { env: { ...process.env, ...env } });

async function lockFiles(current) {
  const lock = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8"));
  const wanted = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const problems = [];
  if (lock.lockfileVersion !== 3) problems.push(`package-lock.json is of version ${lock.lockfileVersion}, not 3`);
  for (const [path, entry] of Object.entries(lock.packages)) {
    if (entry.resolved) problems.push(`package-lock.json: ${path} has a download address`);
    if (path !== "" && !entry.version) problems.push(`package-lock.json: ${path} has no version`);
  }
  const all = { ...wanted.dependencies, ...wanted.devDependencies };
  for (const [name, version] of Object.entries(all)) {
    if (!/^\d+\.\d+\.\d+$/.test(version)) problems.push(`package.json: ${name} is not pinned: ${version}`);
    const locked = lock.packages[`node_modules/${name}`]?.version;
    if (locked !== version)
      problems.push(`package.json wants ${name} ${version}, package-lock.json has ${locked ?? "none"}`);
  }
  if (problems.length > 0) throw new Failure(problems.join("\n"));
  const metadata = ["metadata", "--locked", "--format-version", "1", "--quiet"];
  await cargo(current, metadata);
  await cargo(current, [...metadata, "--manifest-path", FUZZ]);
}

async function border(current) {
  const host = output("rustc", ["-vV"])?.match(/^host: (.*)$/m)?.[1];
  if (!host) throw new Failure("rustc does not say what machine this is");
  for (const [name, target] of [
    ["s3-edge-gateway", host],
    ["s3-edge-gateway-compiler", TARGET],
  ]) {
    const tree = await cargo(current, [
      "tree",
      "--locked",
      "-p",
      name,
      "-e",
      "normal",
      "--target",
      target,
      "--prefix",
      "none",
      "-f",
      "{p}",
    ]);
    const crossed = [...new Set(tree.split("\n").map((line) => line.split(" ")[0]))].filter((name) =>
      BORDER.test(name),
    );
    if (crossed.length > 0) throw new Failure(`${name} for ${target} depends on ${crossed.join(", ")}`);
  }
}

async function deploy(current) {
  rmSync(DEPLOYED, { recursive: true, force: true });
  mkdirSync(DEPLOYED, { recursive: true });
  const wrangler = join(ROOT, "node_modules", "wrangler", "bin", "wrangler.js");
  const told = plain(
    await current.run(nodeForWrangler(), [wrangler, "deploy", "--dry-run", "--outdir", DEPLOYED], { env: npmEnv() }),
  );
  if (/\[WARNING\]/.test(told)) throw new Failure("wrangler warns about the bundle", { log: current.log });
}

function size() {
  const files = existsSync(DEPLOYED) ? readdirSync(DEPLOYED).filter((name) => /\.(wasm|m?js)$/.test(name)) : [];
  if (!files.some((name) => name.endsWith(".wasm"))) throw new Failure("wrangler has written no .wasm file to measure");
  const bytes = files.map((name) => gzipSync(readFileSync(join(DEPLOYED, name))).length);
  const raw = files.reduce((sum, name) => sum + statSync(join(DEPLOYED, name)).size, 0);
  const total = bytes.reduce((sum, n) => sum + n, 0);
  const text = `${(total / 1024).toFixed(1)} KiB compressed of at most ${SIZE_BUDGET / 1024} (${(raw / 1024).toFixed(0)} KiB as it is)`;
  if (total > SIZE_BUDGET) throw new Failure(`the Worker is too large: ${text}`);
  say(`   ${text}`);
  return text;
}

/** The README's test command, with its output. */
function npmTest() {
  const { status, signal, error } = spawnSync("npm", ["test"], { cwd: ROOT, stdio: ["ignore", "inherit", "inherit"] });
  if (error) throw new Failure(`npm test: ${error.message}`);
  if (status !== 0) throw new Failure(`npm test ended with ${signal ?? `status ${status}`}`);
}

async function run() {
  const started = performance.now();
  await check("format", async (current) => {
    await cargo(current, ["fmt", "--all", "--check"]);
    await cargo(current, ["fmt", "--check", "--manifest-path", FUZZ]);
  });
  await check("lock files", lockFiles);
  await gate("npm packages", npmPackages);
  await check("lint of JavaScript", (current) => current.run("npm", ["run", "lint"]));
  await check("types of JavaScript", (current) => current.run("npm", ["run", "types"]));
  await gate("npm test (host and end to end)", npmTest);
  await check("clippy, host", (current) =>
    cargo(current, ["clippy", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"]),
  );
  await wasmCheck("clippy of the Worker, wasm32", ["--package", "s3-edge-gateway", "--features", "edge"]);
  await wasmCheck("clippy of the compiler, wasm32", ["--package", "s3-edge-gateway-compiler"]);
  await check("rustdoc", (current) =>
    cargo(current, ["doc", "--locked", "--workspace", "--no-deps"], { RUSTDOCFLAGS: "-D warnings" }),
  );
  await check("border of the core", border);
  await check("npm run build", (current) => current.run("npm", ["run", "build"]));
  await check("wrangler deploy --dry-run", deploy);
  await gate("size", async () => size());

  const failed = results.filter(({ passed }) => !passed);
  say("\nSummary");
  for (const { name, passed, note, took } of results) {
    say(
      `  ${passed ? "ok    " : "FAILED"}  ${name.padEnd(32)} ${duration(took).padStart(12)}${note ? `  ${note}` : ""}`,
    );
  }
  say(
    `\n${failed.length === 0 ? "All gates passed" : `${failed.length} of ${results.length} gates failed`} after ${duration(performance.now() - started)}`,
  );
  return failed.length === 0 ? 0 : 1;
}

await main(run);

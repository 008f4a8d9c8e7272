// .ci/run: runs every gate. If a gate fails, the others still run, and the exit status is 1.
//
//   .ci/run            every gate
//   .ci/run clippy     the gates with `clippy` in their name

import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, statSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { MODULES } from "./bundle.mjs";
import { BUILD, CACHE, ROOT, TARGET, WRANGLER } from "./paths.mjs";
import { nodeForWrangler, npmEnv, npmPackages, wasmTarget } from "./setup.mjs";
import { duration, Failure, foreground, main, plain, report, say, step } from "./steps.mjs";
import { output, wasmArgs, wasmEnv } from "./toolchain.mjs";
import { installOnly } from "./tools.mjs";

// The time for `npm test` to end after SIGTERM. It is longer than the times that scripts/test.mjs gives to its own programs.
const TEST_GRACE_MS = 15_000;
// The most bytes of the Worker's modules, each compressed with gzip. api.bin is not counted: it adds a few KiB.
const SIZE_BUDGET = 380 * 1024;
const LOG_LINES = 200;
const FUZZ = join(ROOT, "fuzz", "Cargo.toml");
const DEPLOYED = join(ROOT, ".dev", "deploy");
// Crates of the Worker's runtime. The core and the compiler must not depend on these crates, because both also run on the host.
const BORDER = /^(worker|worker-\w+|wasm-bindgen|wasm-bindgen-\w+|js-sys|web-sys)$/;

/** Returns a gate that is one step. */
const check = (work) => (name) => step(name, async (current) => void (await work(current)));

/** Returns a gate that runs clippy for wasm32. */
const wasmClippy = (args) => async (name) => {
  const toolchain = await wasmTarget();
  // With the release profile, clippy uses the macros and build scripts that the build of the Worker has compiled.
  const all = ["clippy", "--locked", "--release", ...wasmArgs(toolchain), ...args, "--", "-D", "warnings"];
  await step(name, (current) => current.run("cargo", all, { env: wasmEnv(toolchain) }));
};

const cargo = (current, args, env) => current.run("cargo", args, { env: { ...process.env, ...env } });

async function lockFiles(current) {
  const lock = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8"));
  const wanted = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const problems = [];
  if (lock.lockfileVersion !== 3)
    problems.push(`package-lock.json has the lockfileVersion ${lock.lockfileVersion} instead of 3`);
  for (const [path, entry] of Object.entries(lock.packages)) {
    if (entry.resolved)
      problems.push(
        `package-lock.json: ${path} has a download address. Remove \`resolved\`, so that every registry can be used`,
      );
    if (path !== "" && !entry.version) problems.push(`package-lock.json: ${path} has no version`);
  }
  const all = { ...wanted.dependencies, ...wanted.devDependencies };
  for (const [name, version] of Object.entries(all)) {
    if (!/^\d+\.\d+\.\d+$/.test(version))
      problems.push(`package.json: ${name} is not pinned: ${version}. Use one version, such as 1.2.3`);
    const locked = lock.packages[`node_modules/${name}`]?.version;
    if (locked !== version)
      problems.push(
        `${name} is ${version} in package.json, but ${locked ?? "absent"} in package-lock.json. Run npm install`,
      );
  }
  if (problems.length > 0) throw new Failure(problems.join("\n"));
  const metadata = ["metadata", "--locked", "--format-version", "1", "--quiet"];
  await cargo(current, metadata);
  await cargo(current, [...metadata, "--manifest-path", FUZZ]);
}

async function border(current) {
  const host = output("rustc", ["-vV"])?.match(/^host: (.*)$/m)?.[1];
  if (!host) throw new Failure("`rustc -vV` printed no line `host: ...`");
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
    if (crossed.length > 0)
      throw new Failure(
        `${name} for ${target} depends on ${crossed.join(", ")}. Only the feature \`edge\` may need these crates`,
      );
  }
}

async function deploy(current) {
  rmSync(DEPLOYED, { recursive: true, force: true });
  mkdirSync(DEPLOYED, { recursive: true });
  const printed = plain(
    await current.run(nodeForWrangler(), [WRANGLER, "deploy", "--dry-run", "--outdir", DEPLOYED], { env: npmEnv() }),
  );
  if (/\[WARNING\]/.test(printed))
    throw new Failure("wrangler deploy --dry-run printed a warning", { log: current.log });
}

/** Checks bans, licenses and sources. Advisories need a download from GitHub, so only the GitHub workflow checks them. */
async function dependencies(current) {
  const deny = await installOnly(current, "cargo-deny");
  for (const manifest of [join(ROOT, "Cargo.toml"), FUZZ]) {
    await current.run(deny, ["--manifest-path", manifest, "--all-features", "check", "bans", "licenses", "sources"]);
  }
}

/**
 * Asserts that no module of the Worker contains a path in the clone, the cache, the home folder or the temporary folder. With such
 * a path, the build is not reproducible.
 */
function buildPaths() {
  const folders = [ROOT, CACHE, homedir(), realpathSync(tmpdir())];
  for (const name of MODULES) {
    const content = readFileSync(join(BUILD, name), "latin1");
    const found = folders.map((folder) => content.indexOf(`${folder}/`)).find((at) => at >= 0);
    if (found !== undefined)
      throw new Failure(`build/${name} contains a path of this machine: ${content.slice(found, found + 100)}`);
  }
}

function size() {
  const files = existsSync(DEPLOYED) ? readdirSync(DEPLOYED).filter((name) => /\.(wasm|m?js)$/.test(name)) : [];
  if (!files.some((name) => name.endsWith(".wasm")))
    throw new Failure(`${DEPLOYED} has no .wasm file to measure. Run the gate "wrangler deploy --dry-run" first`);
  const bytes = files.map((name) => gzipSync(readFileSync(join(DEPLOYED, name))).length);
  const raw = files.reduce((sum, name) => sum + statSync(join(DEPLOYED, name)).size, 0);
  const total = bytes.reduce((sum, n) => sum + n, 0);
  const text = `${(total / 1024).toFixed(1)} KiB compressed, of at most ${SIZE_BUDGET / 1024} KiB (${(raw / 1024).toFixed(0)} KiB uncompressed)`;
  if (total > SIZE_BUDGET) throw new Failure(`the Worker is too large: ${text}`);
  say(`   ${text}`);
  return text;
}

/** Runs `npm test` and shows its output. */
async function npmTest() {
  const status = await foreground("npm", ["test"], { graceMs: TEST_GRACE_MS });
  if (status !== 0) throw new Failure(`npm test ended with status ${status}`);
}

/** The gates in their order. A gate is called with its name. It may return a note for the summary, or a promise of one. */
const GATES = {
  format: check(async (current) => {
    await cargo(current, ["fmt", "--all", "--check"]);
    await cargo(current, ["fmt", "--check", "--manifest-path", FUZZ]);
  }),
  "lock files": check(lockFiles),
  "npm packages": npmPackages,
  "lint of JavaScript": check((current) => current.run("npm", ["run", "lint"])),
  "types of JavaScript": check((current) => current.run("npm", ["run", "types"])),
  "npm test (host and end to end)": npmTest,
  "clippy, host": check((current) =>
    cargo(current, ["clippy", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"]),
  ),
  "clippy of the Worker, wasm32": wasmClippy(["--package", "s3-edge-gateway", "--features", "edge"]),
  "clippy of the compiler, wasm32": wasmClippy(["--package", "s3-edge-gateway-compiler"]),
  rustdoc: check((current) =>
    cargo(current, ["doc", "--locked", "--workspace", "--no-deps"], { RUSTDOCFLAGS: "-D warnings" }),
  ),
  "border of the core": check(border),
  "licenses and sources of crates": check(dependencies),
  spelling: check(async (current) => current.run(await installOnly(current, "typos-cli"), [])),
  "npm run build": check((current) => current.run("npm", ["run", "build"])),
  "no build paths in the Worker": check(buildPaths),
  "wrangler deploy --dry-run": check(deploy),
  size,
};

/** Runs a gate. Resolves to `{ passed, line }`, where `line` is the gate's line of the summary. */
async function outcome(name) {
  const started = performance.now();
  let passed = true;
  let note = "";
  try {
    note = (await GATES[name](name)) ?? "";
  } catch (error) {
    passed = false;
    report(error, LOG_LINES);
  }
  const took = duration(performance.now() - started).padStart(12);
  return { passed, line: `  ${passed ? "ok    " : "FAILED"}  ${name.padEnd(32)} ${took}  ${note}`.trimEnd() };
}

async function run() {
  const started = performance.now();
  const wanted = process.argv.slice(2);
  const names = Object.keys(GATES).filter((name) => wanted.length === 0 || wanted.some((part) => name.includes(part)));
  if (names.length === 0) {
    throw new Failure(
      `no gate has ${wanted.join(" or ")} in its name. The gates:\n  ${Object.keys(GATES).join("\n  ")}`,
    );
  }
  const outcomes = [];
  for (const name of names) outcomes.push(await outcome(name));
  const failed = outcomes.filter(({ passed }) => !passed).length;
  const result = failed === 0 ? "All gates passed" : `${failed} of ${outcomes.length} gates failed`;
  say(`\nSummary\n${outcomes.map(({ line }) => line).join("\n")}\n`);
  say(`${result} after ${duration(performance.now() - started)}`);
  return failed === 0 ? 0 : 1;
}

await main(run);

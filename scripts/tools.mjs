// The programs that the set-up needs beside Rust: from PATH if the right version is there, otherwise built once by
// `cargo install` into the cache.

import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cached, withLock } from "./cache.mjs";
import { CACHE, VERSIONS, which } from "./paths.mjs";
import { Failure } from "./steps.mjs";
import { apt, output } from "./toolchain.mjs";

// These programs do short jobs on one machine: quick to build beats quick to run. Without optimisation wasm-bindgen is
// built in less than half the CPU time of level 1, and a build of the Worker takes 0.2 s longer.
// The S3 servers hash what they store, so they are built at level 1, with each other's dependencies.
const profile = (level) => ({
  CARGO_INCREMENTAL: "0",
  CARGO_PROFILE_RELEASE_OPT_LEVEL: level,
  CARGO_PROFILE_RELEASE_DEBUG: "0",
  CARGO_PROFILE_RELEASE_LTO: "off",
  CARGO_PROFILE_RELEASE_CODEGEN_UNITS: "16",
  CARGO_PROFILE_RELEASE_STRIP: "symbols",
});

const TOOLS = {
  // Without default features there is no TLS in its test runner, which is not used here.
  "wasm-bindgen-cli": { program: "wasm-bindgen", level: "0", args: ["--bin", "wasm-bindgen", "--no-default-features"] },
  "s3s-fs": { program: "s3s-fs", level: "1", args: ["--features", "binary"] },
  "cargo-fuzz": { program: "cargo-fuzz", level: "0", args: [] },
  "cargo-deny": { program: "cargo-deny", level: "0", args: [] },
  "cargo-cyclonedx": { program: "cargo-cyclonedx", level: "0", args: [] },
  "typos-cli": { program: "typos", level: "0", args: [] },
  garage: {
    program: "garage",
    level: "1",
    args: ["--no-default-features", "--features", "sqlite,bundled-libs"],
    needs: compiler,
  },
};

const BUILD_FOLDER = join(CACHE, "target");
const LOCK = join(CACHE, "locks", "tools");
let built = false;

const folderOf = (tool) => `tools/${tool}-${VERSIONS[tool]}`;

/** Whether `program --version` names exactly the version wanted. */
function rightVersion(file, version) {
  const escaped = version.replace(/\./g, "\\.");
  return new RegExp(`(^|[^0-9.])v?${escaped}($|[^0-9.])`).test(output(file, ["--version"]) ?? "");
}

/** The file of a tool that is there already, or null. */
export function present(tool) {
  const { program } = TOOLS[tool];
  const own = join(CACHE, folderOf(tool), "bin", program);
  if (existsSync(own)) return own;
  const onPath = which(program);
  return onPath && rightVersion(onPath, VERSIONS[tool]) ? onPath : null;
}

/** The file of a tool, built if it is not there. `step` is that of `step()` in steps.mjs. */
export async function install(step, tool) {
  const found = present(tool);
  if (found) {
    step.skip(found.startsWith(CACHE) ? "already there" : `already there: ${found}`);
    return found;
  }
  const { program, level, args, needs } = TOOLS[tool];
  if (!which("cargo")) throw new Failure("there is no cargo on PATH: install Rust first");
  await needs?.(step);
  const folder = await cached(
    folderOf(tool),
    LOCK,
    async (unfinished) => {
      built = true;
      await step.run(
        "cargo",
        // Not --locked: a package's own lock file may name versions that a registry no longer serves.
        ["install", tool, "--version", `=${VERSIONS[tool]}`, "--root", unfinished, "--no-track", "--force", ...args],
        // Not in the clone: its .cargo/config.toml is about the Worker.
        { cwd: CACHE, env: { ...process.env, ...profile(level), CARGO_TARGET_DIR: BUILD_FOLDER } },
      );
    },
    step.note,
  );
  return join(folder, "bin", program);
}

/**
 * Throws away what the builds of a set-up share: more than a gigabyte, of no use until a version changes. A set-up that
 * failed keeps it, and goes on from there the next time.
 */
export async function dropBuildFolder() {
  if (built) await withLock(LOCK, () => rmSync(BUILD_FOLDER, { recursive: true, force: true }));
}

export function prepareCache() {
  mkdirSync(CACHE, { recursive: true });
}

/** Garage brings the C sources of the libraries that it needs. */
async function compiler(step) {
  const missing = ["cc", "make"].filter((program) => !which(program));
  if (missing.length === 0 || process.platform !== "linux") return;
  if (await apt(step, ["gcc", "libc6-dev", "make"])) return;
  throw new Failure(`Garage needs ${missing.join(" and ")} (Debian: gcc, libc6-dev, make); please install them`);
}

// The programs that the set-up needs beside Rust: from PATH if the right version is there, otherwise built once by
// `cargo install` into the cache.

import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cached } from "./cache.mjs";
import { CACHE, NPM_BIN, VERSIONS, which } from "./paths.mjs";
import { Failure } from "./steps.mjs";
import { apt, output } from "./toolchain.mjs";

// These programs are used on one machine for short jobs: quick to build beats quick to run. Measured on two cores, the
// whole set is built in a third of the time that the release profile takes, and the S3 servers still answer more
// requests a second than a development server or a test sends.
const PROFILE = {
  CARGO_INCREMENTAL: "0",
  CARGO_PROFILE_RELEASE_OPT_LEVEL: "1",
  CARGO_PROFILE_RELEASE_DEBUG: "0",
  CARGO_PROFILE_RELEASE_LTO: "off",
  CARGO_PROFILE_RELEASE_CODEGEN_UNITS: "16",
  CARGO_PROFILE_RELEASE_STRIP: "symbols",
};

const TOOLS = {
  "worker-build": { program: "worker-build", args: ["--bin", "worker-build"], needs: openssl },
  // Without default features there is no TLS in its test runner, which is not used here.
  "wasm-bindgen-cli": { program: "wasm-bindgen", args: ["--bin", "wasm-bindgen", "--no-default-features"] },
  "s3s-fs": { program: "s3s-fs", args: ["--features", "binary"] },
  garage: { program: "garage", args: ["--no-default-features", "--features", "sqlite,bundled-libs"], needs: compiler },
};

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

/** The file of a tool, built if it is not there. `step` as `step()` of steps.mjs gives it. */
export async function install(step, tool) {
  const found = present(tool);
  if (found) {
    step.skip(found.startsWith(CACHE) ? "already there" : `already there: ${found}`);
    return found;
  }
  const { program, args, needs } = TOOLS[tool];
  if (!which("cargo")) throw new Failure("there is no cargo on PATH: install Rust first");
  await needs?.(step);
  const folder = await cached(
    folderOf(tool),
    async (unfinished) => {
      await step.run(
        "cargo",
        // Not --locked: a package's own lock file may name versions that a registry does not serve (any more).
        ["install", tool, "--version", `=${VERSIONS[tool]}`, "--root", unfinished, "--no-track", ...args],
        {
          // Not in the clone: its .cargo/config.toml is about the Worker.
          cwd: CACHE,
          env: { ...process.env, ...PROFILE, CARGO_TARGET_DIR: join(CACHE, "target") },
        },
      );
    },
    step.note,
  );
  return join(folder, "bin", program);
}

/** Throws away what the builds share. It is of use only as long as more tools are to be built. */
export function dropBuildFolder() {
  rmSync(join(CACHE, "target"), { recursive: true, force: true });
}

export function prepareCache() {
  mkdirSync(CACHE, { recursive: true });
}

/** worker-build links with the system's OpenSSL. */
async function openssl(step) {
  if (process.platform !== "linux" || process.env.OPENSSL_DIR) return;
  if (which("pkg-config") && output("pkg-config", ["--exists", "openssl"]) !== null) return;
  if (await apt(step, ["libssl-dev", "pkg-config"])) return;
  throw new Failure("worker-build needs OpenSSL's headers and pkg-config (Debian: libssl-dev, pkg-config); please install them");
}

/** Garage brings the C sources of the libraries that it needs. */
async function compiler(step) {
  const missing = ["cc", "make"].filter((program) => !which(program));
  if (missing.length === 0 || process.platform !== "linux") return;
  if (await apt(step, ["gcc", "libc6-dev", "make"])) return;
  throw new Failure(`Garage needs ${missing.join(" and ")} (Debian: gcc, libc6-dev, make); please install them`);
}

/** Where worker-build finds what it would download otherwise. */
export function buildTools(wasmBindgen) {
  return {
    WASM_BINDGEN_BIN: wasmBindgen,
    WASM_OPT_BIN: join(NPM_BIN, "wasm-opt"),
    ESBUILD_BIN: join(NPM_BIN, "esbuild"),
  };
}

// Programs that the scripts need besides Rust. A program on PATH is used if it has the right version. Otherwise
// `cargo install` builds it once, into the cache.

import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cached, withLock } from "./cache.mjs";
import { CACHE, VERSIONS, which } from "./paths.mjs";
import { Failure } from "./steps.mjs";
import { apt, output } from "./toolchain.mjs";

// The programs have short tasks, so their build time matters more than their speed. Without optimisation, wasm-bindgen is
// built in less than half the CPU time of level 1, and a build of the Worker takes 0.2 s longer. The S3 servers hash every
// object, so they are built at level 1. With equal settings, a dependency of two tools is compiled once.
const profile = (level) => ({
  CARGO_INCREMENTAL: "0",
  CARGO_PROFILE_RELEASE_OPT_LEVEL: level,
  CARGO_PROFILE_RELEASE_DEBUG: "0",
  CARGO_PROFILE_RELEASE_LTO: "off",
  CARGO_PROFILE_RELEASE_CODEGEN_UNITS: "16",
  CARGO_PROFILE_RELEASE_STRIP: "symbols",
});

const TOOLS = {
  // The default features add TLS for the test runner of wasm-bindgen, which is not used here.
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

/** Returns whether the output of `file --version` contains exactly this version. */
function rightVersion(file, version) {
  const escaped = version.replace(/\./g, "\\.");
  return new RegExp(`(^|[^0-9.])v?${escaped}($|[^0-9.])`).test(output(file, ["--version"]) ?? "");
}

/** Returns the file of a tool, or null if it is not installed. */
export function present(tool) {
  const { program } = TOOLS[tool];
  const own = join(CACHE, folderOf(tool), "bin", program);
  if (existsSync(own)) return own;
  const onPath = which(program);
  return onPath && rightVersion(onPath, VERSIONS[tool]) ? onPath : null;
}

/** Resolves to the file of a tool. Builds the tool if it is not installed. `step` is the context of `step()` in steps.mjs. */
export async function install(step, tool) {
  const found = present(tool);
  if (found) {
    step.skip(found.startsWith(CACHE) ? "already installed" : `already installed: ${found}`);
    return found;
  }
  const { program, level, args, needs } = TOOLS[tool];
  if (!which("cargo")) throw new Failure("cargo is not on PATH. Install Rust first");
  await needs?.(step);
  const folder = await cached(
    folderOf(tool),
    LOCK,
    async (unfinished) => {
      built = true;
      const version = ["--version", `=${VERSIONS[tool]}`];
      const command = ["install", tool, ...version, "--root", unfinished, "--no-track", "--force", ...args];
      // cargo runs outside of the clone, because the clone's .cargo/config.toml is for the Worker.
      const options = { cwd: CACHE, env: { ...process.env, ...profile(level), CARGO_TARGET_DIR: BUILD_FOLDER } };
      try {
        await step.run("cargo", [...command, "--locked"], options);
      } catch {
        // The lock file of the package may contain a version that the registry does not serve, such as a yanked one.
        step.note("without --locked, because the build with it failed");
        await step.run("cargo", command, options);
      }
    },
    step.note,
  );
  return join(folder, "bin", program);
}

/**
 * Removes the shared target folder of the tools if this process has built a tool. The folder has more than a gigabyte, and is not
 * needed until a version changes.
 */
export async function dropBuildFolder() {
  if (built) await withLock(LOCK, () => rmSync(BUILD_FOLDER, { recursive: true, force: true }));
}

/** Resolves to the file of a tool. Builds the tool if it is not installed, and then removes the shared target folder. */
export async function installOnly(step, tool) {
  const program = await install(step, tool);
  await dropBuildFolder();
  return program;
}

/** Installs a C compiler and make on Linux if they are not on PATH. They build the C libraries of Garage. */
async function compiler(step) {
  const missing = ["cc", "make"].filter((program) => !which(program));
  if (missing.length === 0 || process.platform !== "linux") return;
  if (await apt(step, ["gcc", "libc6-dev", "make"])) return;
  throw new Failure(`Garage needs ${missing.join(" and ")}. Install these packages (Debian: gcc, libc6-dev, make)`);
}

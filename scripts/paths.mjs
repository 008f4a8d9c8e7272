// Paths of this clone, and the versions of the programs that the scripts need.

import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
export const TARGET = "wasm32-unknown-unknown";

/**
 * The cache of tools, shared by all clones. The folder of each tool and toolchain has a version in its name, so it never becomes
 * outdated.
 */
export const CACHE =
  process.env.S3_EDGE_GATEWAY_CACHE || join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "s3-edge-gateway");

/** The folder of the Worker's modules and of api.bin. */
export const BUILD = join(ROOT, "build");

/** The folder of the commands that npm packages install. */
export const NPM_BIN = join(ROOT, "node_modules", ".bin");

/** The program of wrangler. It needs the Node of `nodeForWrangler()`. */
export const WRANGLER = join(ROOT, "node_modules", "wrangler", "bin", "wrangler.js");

/** Loads a dependency of wrangler, so that the tests and the benchmarks use the same workerd as `npm start`. */
export function ofWrangler(name) {
  const require = createRequire(import.meta.url);
  return createRequire(require.resolve("wrangler"))(name);
}

/** cargo's target folder for the Worker. It is separate, because the Worker may be built with another rustc than host programs. */
export const WASM_TARGET_FOLDER = join(ROOT, "target", "wasm");

/** The oldest version of Node that wrangler supports, as [major, minor]. The npm package `node` installs a newer one. */
export const NODE_FOR_WRANGLER = [22, 12];

export const VERSIONS = {
  // The command wasm-bindgen must have the same version as the library in Cargo.lock.
  get "wasm-bindgen-cli"() {
    return lockedVersion("wasm-bindgen");
  },
  "s3s-fs": "0.14.1",
  garage: "2.5.0",
  "cargo-fuzz": "0.13.2",
  "cargo-cyclonedx": "0.5.9",
  "cargo-deny": "0.20.2",
  "typos-cli": "1.52.0",
};

/** Returns the version of `crate` in Cargo.lock. */
function lockedVersion(crate) {
  const lock = readFileSync(join(ROOT, "Cargo.lock"), "utf8");
  const found = lock.match(new RegExp(`\\[\\[package\\]\\]\\r?\\nname = "${crate}"\\r?\\nversion = "([^"]+)"`));
  if (!found) throw new Error(`Cargo.lock has no package ${crate}, so its version is not known`);
  return found[1];
}

/** Returns `rust-version` of Cargo.toml as [major, minor], or [1, 0] if it is missing. */
export function rustVersion() {
  const found = readFileSync(join(ROOT, "Cargo.toml"), "utf8").match(/^rust-version\s*=\s*"(\d+)\.(\d+)/m);
  return found ? [Number(found[1]), Number(found[2])] : [1, 0];
}

/** Returns whether the version `have` is at least `want`. Both are [major, minor]. */
export function atLeast(have, want) {
  return have[0] > want[0] || (have[0] === want[0] && have[1] >= want[1]);
}

/** Returns the first file `name` in the folders of PATH, or null. */
export function which(name, path = process.env.PATH ?? "") {
  for (const folder of path.split(":")) {
    if (folder && existsSync(join(folder, name))) return join(folder, name);
  }
  return null;
}

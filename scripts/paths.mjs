// Where things are, and every version that this project pins outside of Cargo.lock and package-lock.json.

import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
export const TARGET = "wasm32-unknown-unknown";

/** Tools are shared by all clones. A version is part of every name in here, so nothing in it ever goes stale. */
export const CACHE =
  process.env.S3_EDGE_GATEWAY_CACHE || join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "s3-edge-gateway");

/** Where the Worker's modules and api.bin are written. */
export const BUILD = join(ROOT, "build");

/** Folder of npm's commands. */
export const NPM_BIN = join(ROOT, "node_modules", ".bin");

/** A package that wrangler depends on. So tests and benchmarks run on the same workerd as `npm start`. */
export function ofWrangler(name) {
  const require = createRequire(import.meta.url);
  return createRequire(require.resolve("wrangler"))(name);
}

/** The Worker's own target folder: its compiler may be another one than that of the host builds. */
export const WASM_TARGET_FOLDER = join(ROOT, "target", "wasm");

/** wrangler does not start on an older Node; package.json brings one of its own (the npm package `node`). */
export const NODE_FOR_WRANGLER = [22, 12];

export const VERSIONS = {
  // wasm-bindgen's command must be of the version of the library that Cargo.lock names.
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

/** The version of `crate` in Cargo.lock. */
export function lockedVersion(crate) {
  const lock = readFileSync(join(ROOT, "Cargo.lock"), "utf8");
  const found = lock.match(new RegExp(`\\[\\[package\\]\\]\\r?\\nname = "${crate}"\\r?\\nversion = "([^"]+)"`));
  if (!found) throw new Error(`Cargo.lock names no version of ${crate}`);
  return found[1];
}

/** rust-version of Cargo.toml as [major, minor]. */
export function rustVersion() {
  const found = readFileSync(join(ROOT, "Cargo.toml"), "utf8").match(/^rust-version\s*=\s*"(\d+)\.(\d+)/m);
  return found ? [Number(found[1]), Number(found[2])] : [1, 0];
}

/** Whether the version `have` ([major, minor]) is at least `want`. */
export function atLeast(have, want) {
  return have[0] > want[0] || (have[0] === want[0] && have[1] >= want[1]);
}

/** The file that a shell would run for `name`, or null. */
export function which(name, path = process.env.PATH ?? "") {
  for (const folder of path.split(":")) {
    if (folder && existsSync(join(folder, name))) return join(folder, name);
  }
  return null;
}

// Builds the Worker without its document: the Rust code of `src`, for wasm32. The result is the same for every API. The build is
// reproducible: the same sources and the same compiler give the same bytes (see `npm run reproducible`).

import { join } from "node:path";
import { bundle, MODULES } from "./bundle.mjs";
import { withLock } from "./cache.mjs";
import { BUILD, NPM_BIN, VERSIONS, WASM_TARGET_FOLDER } from "./paths.mjs";
import { buildSetUp } from "./setup.mjs";
import { stampOf } from "./stamp.mjs";
import { isEntry, main, step } from "./steps.mjs";
import { wasmArgs, wasmEnv } from "./toolchain.mjs";

const stamp = stampOf({
  stamp: join(WASM_TARGET_FOLDER, "worker.stamp.json"),
  products: MODULES.map((name) => join(BUILD, name)),
  sources: [
    "src",
    "Cargo.toml",
    "Cargo.lock",
    ".cargo/config.toml",
    "package-lock.json",
    "scripts/worker.mjs",
    "scripts/bundle.mjs",
    "scripts/toolchain.mjs",
  ],
  more: () => ({ "wasm-bindgen": VERSIONS["wasm-bindgen-cli"] }),
});

/** Returns whether the Worker in `build/` was built from the current sources. */
export const workerUpToDate = stamp.upToDate;

/** Builds the Worker if it is not up to date. The tools of the build must be installed (see `buildSetUp`). */
export async function buildWorker(current, { toolchain, wasmBindgen }) {
  const build = async () => {
    const env = wasmEnv(toolchain);
    // wasm-opt needs a Node on PATH, for example that of the npm package `node`.
    env.PATH = `${env.PATH}:${NPM_BIN}`;
    const crate = ["--lib", "--package", "s3-edge-gateway", "--features", "edge", "--crate-type", "cdylib"];
    await current.run("cargo", ["rustc", "--locked", "--release", ...crate, ...wasmArgs(toolchain)], { env });
    await bundle(current, { wasmBindgen, env });
  };
  await withLock(
    join(WASM_TARGET_FOLDER, "worker.lock"),
    () => (workerUpToDate() ? current.skip("up to date") : stamp.renew(build)),
    current.note,
  );
}

if (isEntry(import.meta.url)) {
  await main(async () => {
    const tools = await buildSetUp();
    await step("Worker", (current) => buildWorker(current, tools));
  });
}

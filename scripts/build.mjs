// npm run build: builds the Worker (build/index.js, build/index_bg.wasm), its API (build/api.bin) and the entry module that
// imports both (build/worker.js). A Worker that is up to date is not built again, because every `wrangler dev` and
// `wrangler deploy` runs this script.

import { statSync } from "node:fs";
import { join } from "node:path";
import { MODULES } from "./bundle.mjs";
import { compileDocument } from "./document.mjs";
import { BUILD } from "./paths.mjs";
import { buildSetUp } from "./setup.mjs";
import { duration, isEntry, main, step } from "./steps.mjs";
import { buildWorker, workerUpToDate } from "./worker.mjs";

/**
 * Builds the API and then the Worker, so that an error in the document is reported first. Without `tools`, only the API is built.
 * Resolves to whether the document was compiled.
 */
export async function build(tools) {
  const isCompiled = await compileDocument();
  if (tools) await step("Worker", (current) => buildWorker(current, tools));
  return isCompiled;
}

async function run() {
  const started = performance.now();
  if (!(await build(workerUpToDate() ? null : await buildSetUp()))) return;
  const sizes = [...MODULES, "api.bin"].map(
    (name) => `${name} (${(statSync(join(BUILD, name)).size / 1024).toFixed(0)} KiB)`,
  );
  console.log(`build: ${sizes.join(", ")} after ${duration(performance.now() - started)}`);
}

if (isEntry(import.meta.url)) await main(run);

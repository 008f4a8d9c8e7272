// npm run build: the Worker (build/index.js, build/index_bg.wasm) and its API (build/api.bin), with the entry that joins
// them (build/worker.js). Files that are up to date are not built again: `wrangler dev` and `wrangler deploy` run this each
// time.

import { statSync } from "node:fs";
import { join } from "node:path";
import { MODULES } from "./bundle.mjs";
import { compileDocument } from "./document.mjs";
import { BUILD } from "./paths.mjs";
import { buildSetUp } from "./setup.mjs";
import { duration, isEntry, main, step } from "./steps.mjs";
import { buildWorker, workerUpToDate } from "./worker.mjs";

/** Builds the API and then the Worker: an error in the document is reported at once. Resolves as `compileDocument` does. */
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

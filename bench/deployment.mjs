// What a deployment feels of the Worker before its first request: its compressed size and its start.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { ROOT } from "../scripts/paths.mjs";
import { step } from "../scripts/steps.mjs";
import { WORKERS } from "./work.mjs";
import { timeToFirstAnswer } from "./workers.mjs";

/** Bytes of the gateway, compressed as `wrangler deploy --dry-run` counts them: its modules in one piece. */
export function compressedSize() {
  const modules = ["index.js", "index_bg.wasm"].map((name) => readFileSync(join(ROOT, "build", name)));
  return gzipSync(Buffer.concat(modules)).length;
}

/** Milliseconds to the first answer of a workerd with one Worker, so many `times`, Worker after Worker. */
export async function measureStartUp(times, s3) {
  const samples = Object.fromEntries(WORKERS.map((worker) => [worker, []]));
  await step("start-up", async (current) => {
    // The first round brings workerd and the modules into the page cache, and is not counted.
    for (let time = -1; time < times; time++) {
      current.note(`${time + 1} of ${times}`);
      for (let turn = 0; turn < WORKERS.length; turn++) {
        const worker = WORKERS[(turn + time + 1) % WORKERS.length];
        const took = await timeToFirstAnswer(worker, s3.port);
        if (time >= 0) samples[worker].push(took);
      }
    }
  });
  return samples;
}

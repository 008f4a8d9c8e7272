// The cost of a deployment before its first request: the compressed size of the Worker, and the time of its start.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { WRANGLER } from "../scripts/paths.mjs";
import { nodeForWrangler, npmEnv } from "../scripts/setup.mjs";
import { Failure, step } from "../scripts/steps.mjs";
import { KIB, label, WORKERS } from "./work.mjs";
import { BUILT, FOLDER, timeToFirstAnswer } from "./workers.mjs";

/** Resolves to the bytes of the gateway, compressed, as `wrangler deploy --dry-run` reports them. */
export function compressedSize() {
  return step("compressed size (wrangler deploy --dry-run)", async (current) => {
    const args = [WRANGLER, "deploy", "--dry-run", "--outdir", join(FOLDER, "deploy")];
    const printed = await current.run(nodeForWrangler(), args, { env: npmEnv({ NO_COLOR: "1" }) });
    const kibibytes = printed.match(/gzip: ([\d.]+) KiB/)?.[1];
    if (!kibibytes) throw new Failure("wrangler has not reported the compressed size", { log: current.log });
    return Number(kibibytes) * KIB;
  });
}

/** Returns the bytes of the modules of a gateway, each compressed with gzip. */
export function gzippedModules(worker) {
  const files = BUILT.map((file) => readFileSync(join(FOLDER, WORKERS[worker].modules, file)));
  return files.reduce((sum, content) => sum + gzipSync(content).length, 0);
}

/** Measures the milliseconds to the first answer of a new workerd, `times` times each, all Workers in turn. */
export async function measureStartUp(workers, times, s3) {
  const samples = Object.fromEntries(workers.map((worker) => [worker, []]));
  await step("start-up", async (current) => {
    // The first round loads workerd and the modules into the page cache. It is not counted.
    for (let time = -1; time < times; time++) {
      for (let turn = 0; turn < workers.length; turn++) {
        const worker = workers[(turn + time + 1) % workers.length];
        current.note(`${time + 1} of ${times}: ${label(worker)}`);
        const took = await timeToFirstAnswer(worker, s3.port);
        if (time >= 0) samples[worker].push(took);
      }
    }
  });
  return samples;
}

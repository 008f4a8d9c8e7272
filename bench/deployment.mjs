// The cost of a deployment: the compressed size of the Worker, and the time from its start to its first answer.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { WRANGLER } from "../scripts/paths.mjs";
import { nodeForWrangler, npmEnv } from "../scripts/setup.mjs";
import { Failure, step } from "../scripts/steps.mjs";
import { KIB, label, WORKERS } from "./work.mjs";
import { BUILT, FOLDER, timeToFirstAnswer } from "./workers.mjs";

/** Resolves to the compressed size of the gateway in bytes, as `wrangler deploy --dry-run` reports it. */
export function compressedSize() {
  return step("compressed size (wrangler deploy --dry-run)", async (current) => {
    const args = [WRANGLER, "deploy", "--dry-run", "--outdir", join(FOLDER, "deploy")];
    const printed = await current.run(nodeForWrangler(), args, { env: npmEnv({ NO_COLOR: "1" }) });
    const kibibytes = printed.match(/gzip: ([\d.]+) KiB/)?.[1];
    if (!kibibytes)
      throw new Failure("wrangler deploy --dry-run printed no line `gzip: ... KiB`", { log: current.log });
    return Number(kibibytes) * KIB;
  });
}

/** Returns the size of a gateway's modules in bytes, with each module compressed with gzip. */
export function gzippedModules(worker) {
  const files = BUILT.map((file) => readFileSync(join(FOLDER, WORKERS[worker].modules, file)));
  return files.reduce((sum, content) => sum + gzipSync(content).length, 0);
}

/** Starts a workerd `times` times for each Worker, in turn. Resolves to the milliseconds to the first answer, by Worker. */
export async function measureStartUp(workers, times, s3) {
  const samples = Object.fromEntries(workers.map((worker) => [worker, []]));
  await step("start-up", async (current) => {
    // The first round loads workerd and the modules into the page cache. That round is not counted.
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

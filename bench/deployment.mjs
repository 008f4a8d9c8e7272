// What a deployment feels of the Worker before its first request: its compressed size and its start.

import { join } from "node:path";
import { ROOT } from "../scripts/paths.mjs";
import { nodeForWrangler, npmEnv } from "../scripts/setup.mjs";
import { Failure, step } from "../scripts/steps.mjs";
import { KIB, LARGE, WORKERS } from "./work.mjs";
import { FOLDER, timeToFirstAnswer } from "./workers.mjs";

const WRANGLER = join(ROOT, "node_modules", "wrangler", "bin", "wrangler.js");

/** Bytes of the gateway, compressed, as `wrangler deploy --dry-run` reports them. */
export function compressedSize() {
  return step("compressed size (wrangler deploy --dry-run)", async (current) => {
    const args = [WRANGLER, "deploy", "--dry-run", "--outdir", join(FOLDER, "deploy")];
    const said = await current.run(nodeForWrangler(), args, { env: npmEnv({ NO_COLOR: "1" }) });
    const kibibytes = said.match(/gzip: ([\d.]+) KiB/)?.[1];
    if (!kibibytes) throw new Failure("wrangler told no compressed size", { log: current.log });
    return Number(kibibytes) * KIB;
  });
}

/** Milliseconds to the first answer of a workerd with one Worker, so many `times`, Worker after Worker; of the gateway with 300 resources, too. */
export async function measureStartUp(times, s3) {
  const workers = [...WORKERS, LARGE];
  /** @type {Record<string, number[]>} */
  const samples = Object.fromEntries(workers.map((worker) => [worker, []]));
  await step("start-up", async (current) => {
    // The first round brings workerd and the modules into the page cache, and is not counted.
    for (let time = -1; time < times; time++) {
      current.note(`${time + 1} of ${times}`);
      for (let turn = 0; turn < workers.length; turn++) {
        const worker = workers[(turn + time + 1) % workers.length];
        const took = await timeToFirstAnswer(worker, s3.port);
        if (time >= 0) samples[worker].push(took);
      }
    }
  });
  return samples;
}

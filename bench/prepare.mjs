// What has to be there before anything can be measured.

import { buildWorker, upToDate } from "../scripts/build.mjs";
import { buildSetUp, npmPackages } from "../scripts/setup.mjs";
import { step } from "../scripts/steps.mjs";
import { collectModules } from "./workers.mjs";

/** Sets up what is missing, and builds the Worker and its peers. */
export async function prepare() {
  if (upToDate()) await npmPackages();
  else await buildSetUp({ alongside: (tools) => step("Worker (worker-build)", (current) => buildWorker(current, tools)) });
  await step("peers", collectModules);
}

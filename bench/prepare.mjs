// Installs and builds everything that a measurement needs.

import { build } from "../scripts/build.mjs";
import { buildSetUp, npmPackages } from "../scripts/setup.mjs";
import { step } from "../scripts/steps.mjs";
import { workerUpToDate } from "../scripts/worker.mjs";
import { collectModules } from "./workers.mjs";

/** Installs missing programs, and builds the Worker and its peers. */
export async function prepare() {
  if (workerUpToDate()) {
    await npmPackages();
    await build();
  } else {
    await buildSetUp({ alongside: build });
  }
  await step("peers", collectModules);
}

// The gateway with a document as large as API Gateway allows, 300 resources, embedded as in a deployment.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildWorker } from "../scripts/build.mjs";
import { buildSetUp } from "../scripts/setup.mjs";
import { step } from "../scripts/steps.mjs";
import { document, largeDocument } from "../tests/e2e/support/documents.mjs";
import { LARGE } from "./work.mjs";
import { collectGateway, FOLDER } from "./workers.mjs";

const VARIABLE = "API_DEFINITION_PATH";

/** Builds it, and then the Worker that was there before. */
export async function buildLarge() {
  mkdirSync(FOLDER, { recursive: true });
  const file = join(FOLDER, "300-resources.json");
  writeFileSync(file, JSON.stringify(largeSample()));
  const tools = await buildSetUp();
  const before = process.env[VARIABLE];
  process.env[VARIABLE] = file;
  try {
    await step("Worker of 300 resources", (current) => buildWorker(current, tools));
    collectGateway(LARGE);
  } finally {
    if (before === undefined) delete process.env[VARIABLE];
    else process.env[VARIABLE] = before;
  }
  await step("Worker", (current) => buildWorker(current, tools));
}

/** The sample, so that it answers what the others answer, and the tutorial's API a hundred times over: 798 methods. */
function largeSample() {
  const [sample, large] = [JSON.parse(document("sample-swagger-2.0.json")), largeDocument()];
  return { ...large, ...sample, paths: { ...sample.paths, ...Object.fromEntries(Object.entries(large.paths).slice(0, 299)) } };
}

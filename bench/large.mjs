// The gateway with a document as large as API Gateway allows, 300 resources.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { step } from "../scripts/steps.mjs";
import { compiled } from "../tests/e2e/support/api.mjs";
import { document, largeDocument } from "../tests/e2e/support/documents.mjs";
import { LARGE } from "./work.mjs";
import { collectGateway } from "./workers.mjs";

/** Compiles the document of `largeSample`, and writes api.bin into a copy of the Worker. */
export async function buildLarge() {
  await step("API of 300 resources", async () => {
    writeFileSync(join(collectGateway(LARGE), "api.bin"), await compiled(largeSample()));
  });
}

/**
 * Returns a document of 300 resources with 798 methods: the path of the sample, which every Worker serves, and 299 paths of the
 * copies of the tutorial API.
 */
function largeSample() {
  const [sample, large] = [JSON.parse(document("sample-swagger-2.0.json")), largeDocument()];
  return {
    ...large,
    ...sample,
    paths: { ...sample.paths, ...Object.fromEntries(Object.entries(large.paths).slice(0, 299)) },
  };
}

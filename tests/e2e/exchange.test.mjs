// The exchange vectors in the built Worker. Each vector has the same test name on the host (`tests/exchange`). A vector that
// passes on the host and fails here shows an error in `src/edge`.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startGateway } from "./support/gateway.mjs";
import { started } from "./support/hooks.mjs";
import { check, exchange } from "./support/outcome.mjs";
import { startS3Double } from "./support/s3-double.mjs";
import { exchangeCases } from "./support/vectors.mjs";

const DEFAULT_ENDPOINT = "http://127.0.0.1:9000";

const double = started(() => startS3Double());

test("the vectors are found", () => {
  assert.ok(exchangeCases().length > 200, String(exchangeCases().length));
});

const cases = exchangeCases().filter(({ only }) => only === undefined || only.runner === "worker");
// Cases with the same document and the same settings use one Worker.
const groups = [...Map.groupBy(cases, ({ document, settings }) => JSON.stringify([document, settings])).values()];
const starting = [];
// The `before` hook of a group also starts the Worker of the next group. With a name pattern, node does not run the hooks of a
// group without a matching test, so nothing would stop a Worker that was started ahead for that group.
const startsAhead = !process.execArgv.some((arg) => arg.startsWith("--test-name-pattern"));

/** Resolves to the Worker of a group. The first call starts the Worker. */
function start(index) {
  const [{ document, settings }] = groups[index];
  // The test double stands in for S3, unless the vector sets its own endpoint.
  const own = settings.S3_ENDPOINT === DEFAULT_ENDPOINT ? { S3_ENDPOINT: double.endpoint } : {};
  // A stage variable with the host of the default endpoint gets the host of the double.
  const { STAGE_VARIABLES: variables } = settings;
  if (variables) own.STAGE_VARIABLES = variables.replace(new URL(DEFAULT_ENDPOINT).host, new URL(double.endpoint).host);
  starting[index] ??= startGateway({ api: document, vars: { ...settings, ...own } });
  starting[index].catch(() => {});
  return starting[index];
}

for (const [index, group] of groups.entries()) {
  const [{ document, settings, behaviour }] = group;
  describe(`${document.info.title}, ${behaviour}`, () => {
    let gateway;
    before(async () => {
      double.keys = {
        accessKey: settings.AWS_ACCESS_KEY_ID,
        secretKey: settings.AWS_SECRET_ACCESS_KEY,
        region: settings.S3_REGION ?? "us-west-2",
      };
      gateway = await start(index);
      if (startsAhead && index + 1 < groups.length) start(index + 1);
    });
    after(() => gateway?.stop());
    for (const one of group) {
      test(one.name, async () => check(one, await exchange(gateway, double, one)));
    }
  });
}

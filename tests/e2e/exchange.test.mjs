// The vectors of whole exchanges through the built Worker. Each is a test with the name that it has on the host
// (`tests/exchange`): one that passes there and fails here shows a fault of the shell.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startGateway } from "./support/gateway.mjs";
import { check, exchange } from "./support/outcome.mjs";
import { startS3Double } from "./support/s3-double.mjs";
import { exchangeCases } from "./support/vectors.mjs";

const DEFAULT_ENDPOINT = "http://127.0.0.1:9000";

let double;

before(async () => {
  double = await startS3Double({});
});
after(() => double.stop());

test("there are vectors", () => {
  assert.ok(exchangeCases().length > 200, String(exchangeCases().length));
});

const cases = exchangeCases().filter(({ only }) => only === undefined || only.runner === "worker");
// One Worker for all cases with one document and one set of settings.
const groups = [...Map.groupBy(cases, ({ document, settings }) => JSON.stringify([document, settings])).values()];
const starting = [];
// With a pattern, node runs the hooks of the groups that have a test of that name, so no group is started ahead.
const startsAhead = !process.execArgv.some((arg) => arg.startsWith("--test-name-pattern"));

/** Returns the Worker of a group, and starts it if it does not run. */
function start(index) {
  const [{ document, settings }] = groups[index];
  // The double is S3, unless the vector has an endpoint of its own.
  const own = settings.S3_ENDPOINT === DEFAULT_ENDPOINT ? { S3_ENDPOINT: double.endpoint } : {};
  // The double is the backend in stage variables, too.
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

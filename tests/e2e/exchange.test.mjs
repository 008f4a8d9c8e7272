// The vectors of whole exchanges through the built Worker: what differs from their run on the host (`tests/exchange`) is
// the shell's fault.

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

test("the vectors are there", () => {
  assert.ok(exchangeCases().length > 200, String(exchangeCases().length));
});

const cases = exchangeCases().filter(({ only }) => only === undefined || only.runner === "worker");
// One Worker for all that are deployed alike.
const groups = [...Map.groupBy(cases, ({ document, settings }) => JSON.stringify([document, settings])).values()];
const starting = [];

/** The Worker of a group; it starts while the group before it runs. */
function start(index) {
  if (index === groups.length) return undefined;
  const [{ document, settings }] = groups[index];
  // S3 is where the double is, unless a vector is about where it is.
  const own = settings.S3_ENDPOINT === DEFAULT_ENDPOINT ? { S3_ENDPOINT: double.endpoint } : {};
  // So is the server that documents name by a stage variable.
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
      start(index + 1);
    });
    after(() => gateway?.stop());
    for (const one of group) {
      test(one.name, async () => check(one, await exchange(gateway, double, one)));
    }
  });
}

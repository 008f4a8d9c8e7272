// The vectors of whole exchanges through the built Worker: what differs from their run on the host (`tests/exchange`) is
// the shell's fault.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startGateway } from "./support/gateway.mjs";
import { check, exchange } from "./support/outcome.mjs";
import { startS3Double } from "./support/s3-double.mjs";
import { exchangeCases } from "./support/vectors.mjs";

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
const groups = Map.groupBy(cases, ({ document, settings }) => JSON.stringify([document, settings]));

for (const group of groups.values()) {
  const [{ document, settings, behaviour }] = group;
  describe(`${document.info?.title ?? "a document"}, ${behaviour}`, () => {
    let gateway;
    before(async () => {
      double.keys = {
        accessKey: settings.AWS_ACCESS_KEY_ID,
        secretKey: settings.AWS_SECRET_ACCESS_KEY,
        region: settings.S3_REGION ?? "us-west-2",
      };
      gateway = await startGateway({ vars: { ...settings, S3_ENDPOINT: double.endpoint, API_DEFINITION: document } });
    });
    after(() => gateway.stop());
    for (const one of group) {
      test(one.name, async () => check(one, await exchange(gateway, double, one)));
    }
  });
}

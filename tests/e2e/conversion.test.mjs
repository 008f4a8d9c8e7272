// The conversion tables in the built Worker: one test for each row and behaviour. The same names are used on the host
// (`tests/exchange/conversion.rs`).

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { aGateway, started } from "./support/hooks.mjs";
import { exchange, same } from "./support/outcome.mjs";
import { startS3Double } from "./support/s3-double.mjs";
import { BEHAVIOURS, bytes, documentOf } from "./support/vectors.mjs";

const PATHS = { undefined: "undefined", CONVERT_TO_TEXT: "to-text", CONVERT_TO_BINARY: "to-binary" };
const ROWS = { request: 48, response: 96 };

const tables = Object.fromEntries(
  Object.keys(ROWS).map((name) => [
    name,
    JSON.parse(readFileSync(new URL(`../vectors/conversion/${name}.json`, import.meta.url), "utf8")),
  ]),
);
const nameOf = (table, behaviour, row) => {
  const shown = row.slice(0, -2).map((value, at) => `${tables[table].columns[at]}: ${value}`);
  return `conversion::${table}::${behaviour}::${shown.join(", ")}`;
};
const typeOf = (listed) => (listed === "yes" ? "image/png" : "application/x-other");

const double = started(() => startS3Double());

test("the tables have every combination of their columns", () => {
  for (const [name, count] of Object.entries(ROWS)) {
    assert.equal(new Set(tables[name].rows.map((row) => row.slice(0, -2).join())).size, count, name);
  }
});

for (const [index, behaviour] of BEHAVIOURS.entries()) {
  describe(behaviour, () => {
    const gateway = aGateway(() => ({
      api: documentOf({ document: "conversion.json" }),
      vars: { COMPATIBILITY: behaviour, ALLOW_ANONYMOUS_WRITES: "true" },
      s3: double,
    }));

    for (const row of tables.request.rows) {
      test(nameOf("request", behaviour, row), async () => {
        const { values } = tables.request;
        const [listed, handling, template, body] = row;
        const outcome = row.at(index - 2);
        const headers = { "Content-Type": typeOf(listed) };
        const request = { method: "PUT", url: `/${PATHS[handling]}/${template}`, headers, body: values[body] };
        const { response, requests } = await exchange(gateway, double, { request, s3: [{ status: 200 }] });
        if (outcome in values) {
          assert.equal(requests.length, 1);
          assert.equal(requests[0].fault, undefined);
          same(requests[0].body, bytes(values[outcome]), "body of the request to S3");
          assert.equal(response.status, 200);
        } else {
          assert.equal(requests.length, 0);
          isError(response, outcome);
        }
      });
    }

    for (const row of tables.response.rows) {
      test(nameOf("response", behaviour, row), async () => {
        const { values } = tables.response;
        const [listed, accepted, handling, template, body] = row;
        const outcome = row.at(index - 2);
        const headers = { Accept: accepted === "yes" ? "image/png" : "application/json" };
        const request = { method: "GET", url: `/${PATHS[handling]}/${template}`, headers };
        const s3 = [{ status: 200, headers: { "Content-Type": typeOf(listed) }, body: values[body] }];
        const { response } = await exchange(gateway, double, { request, s3 });
        if (outcome in values) {
          same(response.body, bytes(values[outcome]), "body of the response to the client");
          assert.equal(response.status, 200);
        } else {
          isError(response, outcome);
        }
      });
    }
  });
}

/** Asserts that the response is the error `outcome`: `500`, or `400 at N`, where N is the offset of the invalid byte. */
function isError(response, outcome) {
  const [status, offset] = outcome.split(" at ");
  const message = offset === undefined ? "Internal server error" : `Invalid base64 in request body at offset ${offset}`;
  assert.equal(`${response.status} ${response.body}`, `${status} {"message": "${message}"}`);
}

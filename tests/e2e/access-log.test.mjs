// `ACCESS_LOG`: the requests that have a line in the access log.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { document } from "./support/documents.mjs";
import { aGateway, aRecorder, OPEN } from "./support/hooks.mjs";

/** Answers as S3: 404 for a key with the word `missing`, and an object for other keys. The document maps 404 to 500. */
const answer = ({ target }, response) => {
  const isMissing = target.includes("missing");
  response.writeHead(isMissing ? 404 : 200, { "content-type": "text/plain" });
  response.end(isMissing ? "<Error><Code>NoSuchKey</Code></Error>" : "object");
};

for (const { setting, logged } of [
  { setting: undefined, logged: [200, 500, 403, 200] },
  { setting: "all", logged: [200, 500, 403, 200] },
  { setting: "errors", logged: [500, 403] },
  { setting: "off", logged: [] },
]) {
  describe(`ACCESS_LOG is ${setting ?? "not set"}`, () => {
    const s3 = aRecorder({ answer });
    const gateway = aGateway(() => ({
      s3,
      api: document("sample-openapi-3.0.json"),
      vars: { ...OPEN, ...(setting && { ACCESS_LOG: setting }) },
    }));

    test(
      logged.length > 0 ? `requests with the statuses ${logged.join(", ")} have a line` : "no request has a line",
      async () => {
        const statuses = [];
        for (const path of ["/v1/s3?key=a", "/v1/s3?key=missing", "/v1/unknown", "/v1/s3?key=b"]) {
          statuses.push((await gateway.request(path, { headers: { accept: "text/plain" } })).status);
        }
        assert.deepEqual(statuses, [200, 500, 403, 200]);
        const lines = [];
        while (lines.length < logged.length) lines.push((await gateway.nextLog()).status);
        assert.deepEqual(lines, logged);
        assert.deepEqual(gateway.logs, []);
      },
    );
  });
}

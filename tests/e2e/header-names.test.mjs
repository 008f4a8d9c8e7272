// A header with the name `__proto__`. It is not in the vectors, because node drops it from `headers` of a message.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { documentOf, operation } from "./support/documents.mjs";
import { aGateway, aRecorder, OPEN } from "./support/hooks.mjs";

const NAME = "__proto__";

/** Returns the values of the header in a list of alternating names and values. */
const valuesIn = (rawHeaders) => rawHeaders.filter((_, at) => at % 2 === 1 && rawHeaders[at - 1] === NAME);

describe(`a header with the name ${NAME}`, () => {
  const s3 = aRecorder({ answer: (_, response) => response.setHeader(NAME, "from S3").end("body") });
  const get = operation("GET", "s3:path/files/a", {
    requestParameters: { [`integration.request.header.${NAME}`]: `method.request.header.${NAME}` },
    responses: {
      default: {
        statusCode: "200",
        responseParameters: { [`method.response.header.${NAME}`]: `integration.response.header.${NAME}` },
      },
    },
  });
  Object.assign(get.responses[200], { headers: JSON.parse(`{"${NAME}": {"schema": {"type": "string"}}}`) });
  const api = JSON.stringify(documentOf("/a", { get }));
  const gateway = aGateway(() => ({ s3, api, vars: OPEN }));

  test("is mapped like any other header, in both directions", async () => {
    const { status, rawHeaders } = await gateway.request("/v1/a", { headers: ["host", "a", NAME, "from the client"] });
    assert.equal(status, 200);
    assert.deepEqual(valuesIn(rawHeaders), ["from S3"]);
    assert.deepEqual(valuesIn(s3.requests[0].rawHeaders), ["from the client"]);
  });
});

// A test double for S3's multipart uploads. Every step succeeds unless a test sets another answer.

import { started } from "./hooks.mjs";
import { startS3Double } from "./s3-double.mjs";

/** An upload ID with characters that must be escaped in XML or in a URL. */
const ID = "u/1+2=3&<ü>";
const etagOf = (nth) => `"etag-${nth}"`;

/**
 * Returns `{ double, answers(otherwise), usual(step), idOnTheWire, documentOf(parts) }`:
 *
 * - `answers(otherwise)` clears the recorded requests, and sets answers of `startS3Double` by step: `put` (an upload without
 *   parts), `create`, `part N`, `complete` or `abort`
 * - `usual(step)` returns the answer to a step for which `otherwise` has none
 * - `idOnTheWire` is the upload ID as a URL has it
 * - `documentOf(parts)` returns the document that completes an upload of this many parts
 */
export function aMultipartS3() {
  const s3 = {
    double: started(() => startS3Double()),
    usual,
    idOnTheWire: encodeURIComponent(ID),
    answers(otherwise) {
      s3.double.answer((request) => {
        const step = stepOf(request);
        return otherwise[step] ?? usual(step);
      });
    },
    documentOf(parts) {
      const part = (nth) => `<Part><PartNumber>${nth}</PartNumber><ETag>${etagOf(nth)}</ETag></Part>`;
      return `<CompleteMultipartUpload>${Array.from({ length: parts }, (_, index) => part(index + 1)).join("")}</CompleteMultipartUpload>`;
    },
  };
  return s3;
}

function stepOf({ method, path }) {
  const query = new URLSearchParams(path.split("?")[1]);
  if (query.has("partNumber")) return `part ${query.get("partNumber")}`;
  if (query.has("uploads")) return "create";
  if (query.has("uploadId")) return method === "DELETE" ? "abort" : "complete";
  return "put";
}

function usual(step) {
  const xml = [["Content-Type", "application/xml"]];
  if (step === "abort") return { status: 204 };
  if (step === "put") return { status: 200, headers: [["ETag", etagOf("whole")]] };
  if (step.startsWith("part")) return { status: 200, headers: [["ETag", etagOf(step.slice(5))]] };
  if (step === "create") {
    const id = ID.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
    return {
      status: 200,
      headers: xml,
      body: `<?xml version="1.0" encoding="UTF-8"?>\n<InitiateMultipartUploadResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Bucket>demo</Bucket><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
    };
  }
  return {
    status: 200,
    headers: xml,
    body: `<CompleteMultipartUploadResult><ETag>&quot;whole-2&quot;</ETag></CompleteMultipartUploadResult>`,
  };
}

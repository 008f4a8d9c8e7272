// The test double for S3: an HTTP server in its own process, so that its CPU time is not measured. A key is the size of its
// object in bytes. Objects are generated while they are sent. Of an upload, only the number of bytes is verified.

import { createServer } from "node:http";
import { MIB } from "./work.mjs";

const BLOCK = Buffer.alloc(MIB, "0123456789abcdef some bytes that are no text \xff\x00", "latin1");
const XML = { "content-type": "application/xml" };
const uploads = new Map();
let ids = 0;

function answer(response, status, headers = {}, text = "") {
  response.writeHead(status, { "content-length": Buffer.byteLength(text), ...headers }).end(text);
}

function download(response, size) {
  response.writeHead(200, {
    "content-type": "image/jpeg",
    "content-length": size,
    etag: '"e"',
    "last-modified": "Mon, 02 Nov 2026 10:00:00 GMT",
  });
  let left = size;
  const send = () => {
    while (left > BLOCK.length) {
      left -= BLOCK.length;
      if (!response.write(BLOCK)) return response.once("drain", send);
    }
    response.end(BLOCK.subarray(0, left));
  };
  send();
}

/** Reads a request's body to its end, and calls `done` with its number of bytes. */
function count(request, done) {
  let bytes = 0;
  request.on("data", (chunk) => (bytes += chunk.length));
  request.on("end", () => done(bytes));
}

const stored = (response, bytes, size, headers, text) =>
  bytes === size
    ? answer(response, 200, headers, text)
    : answer(response, 400, XML, `<Error><Code>${bytes} of ${size} bytes</Code></Error>`);

function multipart(request, response, query, size) {
  const id = query.get("uploadId");
  if (query.has("uploads")) {
    uploads.set(String(++ids), 0);
    request.resume();
    return answer(
      response,
      200,
      XML,
      `<InitiateMultipartUploadResult><UploadId>${ids}</UploadId></InitiateMultipartUploadResult>`,
    );
  }
  if (!uploads.has(id)) return answer(response, 404, XML, "<Error><Code>NoSuchUpload</Code></Error>");
  return count(request, (bytes) => {
    if (request.method === "PUT") {
      uploads.set(id, uploads.get(id) + bytes);
      return answer(response, 200, { etag: `"${query.get("partNumber")}"` });
    }
    const all = uploads.get(id);
    uploads.delete(id);
    if (request.method === "DELETE") return answer(response, 204);
    return stored(
      response,
      all,
      size,
      XML,
      "<CompleteMultipartUploadResult><ETag>&quot;e&quot;</ETag></CompleteMultipartUploadResult>",
    );
  });
}

const server = createServer((request, response) => {
  request.on("error", () => {});
  const [path, query = ""] = (request.url ?? "").split("?");
  const size = Number(path.slice(path.lastIndexOf("/") + 1));
  if (/(^|&)upload(s|Id)/.test(query)) return multipart(request, response, new URLSearchParams(query), size);
  if (request.method === "PUT") return count(request, (bytes) => stored(response, bytes, size, { etag: '"e"' }));
  return download(response, size);
});
server.keepAliveTimeout = 60_000;
server.requestTimeout = 0;
server.listen(0, "127.0.0.1", () => {
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  process.send?.({ port });
});
process.on("disconnect", () => process.exit());

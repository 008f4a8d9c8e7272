// A static HTTP server in the place of S3: quick enough not to be what is measured. Objects are named by their size.
// It verifies nothing; the tests do that.

import { createServer } from "node:http";

const bodies = new Map();

function body(size) {
  if (!bodies.has(size)) bodies.set(size, Buffer.alloc(size, "0123456789abcdef some bytes that are no text \xff\x00"));
  return bodies.get(size);
}

const server = createServer((request, response) => {
  if (request.method === "PUT") {
    request.on("data", () => {});
    request.on("end", () => response.writeHead(200, { "content-length": 0, etag: '"e"' }).end());
    return;
  }
  const size = Number(request.url.split("/").pop());
  const object = body(size);
  response.writeHead(200, {
    "content-type": "image/jpeg",
    "content-length": object.length,
    etag: '"e"',
    "last-modified": "Mon, 02 Nov 2026 10:00:00 GMT",
  });
  response.end(object);
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => process.send({ port: server.address().port }));
process.on("disconnect", () => process.exit());

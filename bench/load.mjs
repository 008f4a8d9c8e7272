// The load: so many requests over so many connections to one loopback port, then what came back.

import { Agent, request } from "node:http";

process.on("message", async ({ port, path, method, headers, bodySize, base64, requests, connections, expect }) => {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const bytes = bodySize === undefined ? undefined : Buffer.alloc(bodySize, "0123456789abcdef some bytes");
  const body = bytes && base64 ? Buffer.from(bytes.toString("base64")) : bytes;
  const all = body ? { ...headers, "content-length": body.length } : headers;
  let left = requests;
  let received = 0;
  const one = () =>
    new Promise((resolve, reject) => {
      const sending = request({ host: "127.0.0.1", port, path, method, headers: all, agent }, (response) => {
        let size = 0;
        response.on("data", (chunk) => (size += chunk.length));
        response.on("end", () => {
          received += size;
          const wanted = expect === undefined || size === expect;
          if (response.statusCode !== 200 || !wanted) reject(new Error(`status ${response.statusCode}, ${size} bytes`));
          else resolve();
        });
        response.on("error", reject);
      });
      sending.on("error", reject);
      sending.end(body);
    });
  try {
    const started = performance.now();
    const connection = async () => {
      while (left-- > 0) await one();
    };
    await Promise.all(Array.from({ length: connections }, connection));
    process.send({ seconds: (performance.now() - started) / 1000, received });
  } catch (error) {
    process.send({ error: error.message });
  }
  agent.destroy();
});
process.on("disconnect", () => process.exit());

// A Worker as a user could write it: aws4fetch signs the requests, and the runtime converts base64. Each request writes a log line
// with the fields of the gateway's line, unless the variable ACCESS_LOG is "off".

import { AwsClient } from "aws4fetch";

const JSON_TYPE = "application/json";
const AROUND_IMAGE = '{"image":""}'.length;

let client;

export default {
  async fetch(request, env) {
    const started = Date.now();
    client ??= new AwsClient({
      accessKeyId: env.AWS_ACCESS_KEY_ID,
      secretAccessKey: env.AWS_SECRET_ACCESS_KEY,
      service: "s3",
      region: "us-west-2",
      retries: 0,
    });
    const key = new URL(request.url).searchParams.get("key");
    const url = `${env.S3_ENDPOINT}/${env.S3_BUCKET}/${encodeURIComponent(key)}`;
    const log =
      env.ACCESS_LOG === "off"
        ? undefined
        : { request_id: crypto.randomUUID(), method: request.method, resource_path: "/s3" };
    const response = await (request.method === "PUT" ? put(request, url, log) : get(request, url, log));
    if (log) console.log(JSON.stringify({ ...log, ms: Date.now() - started }));
    return response;
  },
};

async function get(request, url, log) {
  const s3 = await client.fetch(url);
  if (request.headers.get("accept") === JSON_TYPE) {
    const image = new Uint8Array(await s3.arrayBuffer()).toBase64();
    if (log)
      record(log, 200, s3, {
        response_conversion: "base64-encode",
        bytes_in: 0,
        bytes_out: image.length + AROUND_IMAGE,
      });
    return Response.json({ image });
  }
  if (log)
    record(log, 200, s3, {
      response_conversion: "identity",
      bytes_in: 0,
      bytes_out: Number(s3.headers.get("content-length")),
    });
  return new Response(s3.body, { headers: { "content-type": "application/octet-stream" } });
}

async function put(request, url, log) {
  const isBase64 = request.headers.get("content-type") === JSON_TYPE;
  const body = isBase64 ? Uint8Array.fromBase64(await request.text()) : request.body;
  const headers = isBase64 ? {} : { "x-amz-content-sha256": "UNSIGNED-PAYLOAD" };
  const s3 = await client.fetch(url, { method: "PUT", body, headers });
  if (log) {
    const request_conversion = isBase64 ? "base64-decode" : "identity";
    const bytes_in = Number(request.headers.get("content-length"));
    record(log, s3.status, s3, { request_conversion, response_conversion: "identity", bytes_in, bytes_out: 0 });
  }
  return new Response(null, { status: s3.status });
}

function record(log, status, s3, rest) {
  const s3_request_id = s3.headers.get("x-amz-request-id") ?? undefined;
  Object.assign(log, { status, s3_status: s3.status, s3_request_id }, rest);
}

// What a Cloudflare user would write instead: aws4fetch for the signature, the runtime's own base64.

import { AwsClient } from "aws4fetch";

let client;

export default {
  async fetch(request, env) {
    client ??= new AwsClient({
      accessKeyId: env.AWS_ACCESS_KEY_ID,
      secretAccessKey: env.AWS_SECRET_ACCESS_KEY,
      service: "s3",
      region: "us-west-2",
      retries: 0,
    });
    const key = new URL(request.url).searchParams.get("key");
    const url = `${env.S3_ENDPOINT}/${env.S3_BUCKET}/${encodeURIComponent(key)}`;
    if (request.method === "PUT") return put(request, url);
    const response = await client.fetch(url);
    if (request.headers.get("accept") === "application/json") {
      const image = new Uint8Array(await response.arrayBuffer()).toBase64();
      return Response.json({ image });
    }
    return new Response(response.body, { headers: { "content-type": "application/octet-stream" } });
  },
};

async function put(request, url) {
  const isBase64 = request.headers.get("content-type") === "application/json";
  const body = isBase64 ? Uint8Array.fromBase64(await request.text()) : request.body;
  const headers = isBase64 ? {} : { "x-amz-content-sha256": "UNSIGNED-PAYLOAD" };
  const { status } = await client.fetch(url, { method: "PUT", body, headers });
  return new Response(null, { status });
}

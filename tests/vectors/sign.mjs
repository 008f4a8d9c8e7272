// Writes `exchange_signatures.json`: the signature of every request to S3 that the exchange vectors expect, computed by
// `tests/e2e/support/sigv4.mjs`, which shares nothing with the gateway.
//
//   node tests/vectors/sign.mjs

import { writeFileSync } from "node:fs";
import { headersToSign, sha256, sign } from "../e2e/support/sigv4.mjs";
import { bytes, exchangeCases, headerPairs } from "../e2e/support/vectors.mjs";

const REGION = "us-west-2";
const REQUEST_ID = "7a3b2f66-0c1d-4e5f-8a9b-1c2d3e4f5a6b";

function signatureOf(request, { settings, clock }) {
  if (request.payload === "no signature") return "";
  const url = new URL(request.url.startsWith("/") ? settings.S3_ENDPOINT + request.url : request.url);
  const headers = {};
  for (const [name, value] of headerPairs(request.headers)) {
    const filled = value.replaceAll("{request-id}", REQUEST_ID).replaceAll("{host}", "api.example.com");
    const known = headers[name.toLowerCase()];
    headers[name.toLowerCase()] = known === undefined ? filled : `${known},${filled}`;
  }
  headers.host = url.host;
  headers["x-amz-date"] = new Date(clock * 1000).toISOString().replace(/[:-]|\.\d{3}/g, "");
  headers["x-amz-content-sha256"] = request.unsigned ? "UNSIGNED-PAYLOAD" : sha256(bytes(request.body));
  if (settings.AWS_SESSION_TOKEN) headers["x-amz-security-token"] = settings.AWS_SESSION_TOKEN;
  const path = request.url.startsWith("/") ? request.url : url.pathname + url.search;
  const signedHeaders = headersToSign(Object.keys(headers));
  const { AWS_SECRET_ACCESS_KEY: secretKey, S3_REGION: region = REGION } = settings;
  return sign({ method: request.method, path, headers, signedHeaders, secretKey, region }).signature;
}

const cases = exchangeCases().filter(({ expected }) => expected.requests.length > 0);
const lines = cases.map((one) => {
  const signatures = one.expected.requests.map((request) => signatureOf(request, one));
  return `  ${JSON.stringify(one.name)}: ${JSON.stringify(signatures)}`;
});
writeFileSync(new URL("exchange_signatures.json", import.meta.url), `{\n${lines.join(",\n")}\n}\n`);

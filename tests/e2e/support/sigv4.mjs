// An implementation of Signature Version 4 that is independent of the gateway, with node's crypto module. It computes the
// signature of a received request, as a server does. It supports only signatures in headers, for the service S3.

import { createHash, createHmac } from "node:crypto";

const hmac = (key, text) => createHmac("sha256", key).update(text).digest();
/** Returns the SHA-256 of bytes or of a text, in hexadecimal. */
export const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

/** Returns `{ canonicalRequest, stringToSign, signature, scope }` of a request. Header names are in lower case. */
export function sign({ method, path, headers, signedHeaders, secretKey, region }) {
  const [pathname, query = ""] = path.split("?");
  const pairs = query.split("&").filter((pair) => pair !== "");
  const spelled = pairs.map((pair) => (pair.includes("=") ? pair : `${pair}=`)).sort();
  const canonicalRequest = [
    method,
    pathname,
    spelled.join("&"),
    ...signedHeaders.map((name) => `${name}:${headers[name].trim().replace(/ +/g, " ")}`),
    "",
    signedHeaders.join(";"),
    headers["x-amz-content-sha256"],
  ].join("\n");
  const time = headers["x-amz-date"];
  const scope = `${time.slice(0, 8)}/${region}/s3/aws4_request`;
  const stringToSign = ["AWS4-HMAC-SHA256", time, scope, sha256(canonicalRequest)].join("\n");
  const key = ["s3", "aws4_request"].reduce(hmac, hmac(hmac(`AWS4${secretKey}`, time.slice(0, 8)), region));
  return { canonicalRequest, stringToSign, signature: hmac(key, stringToSign).toString("hex"), scope };
}

/**
 * Returns the headers that must be signed, sorted. S3 requires `x-amz-*` and `host`. The gateway also signs `content-type` and
 * `content-md5`.
 */
function headersToSign(names) {
  const signed = names.filter(
    (name) => name.startsWith("x-amz-") || ["host", "content-type", "content-md5"].includes(name),
  );
  return signed.sort();
}

/** Returns why the signature of a received request is not valid, or undefined if it is valid. */
export function faultOfSignature({ method, path, headers, body }, { accessKey, secretKey, region }) {
  const parts = /^AWS4-HMAC-SHA256 Credential=([^,]+), SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
    headers.authorization ?? "",
  );
  if (!parts) return "no Authorization header of Signature Version 4";
  const [, credential, names, signature] = parts;
  const signedHeaders = names.split(";");
  const unsigned = headersToSign(Object.keys(headers)).filter((name) => !signedHeaders.includes(name));
  if (unsigned.length > 0) return `not signed: ${unsigned}`;
  const absent = signedHeaders.filter((name) => headers[name] === undefined);
  if (absent.length > 0) return `signed, but not sent: ${absent}`;
  const payload = headers["x-amz-content-sha256"];
  if (payload !== "UNSIGNED-PAYLOAD" && payload !== sha256(body))
    return `x-amz-content-sha256 ${payload} is not the hash of the body`;
  const expected = sign({ method, path, headers, signedHeaders, secretKey, region });
  if (credential !== `${accessKey}/${expected.scope}`) return `credential ${credential}`;
  return signature === expected.signature ? undefined : `signature ${signature} of\n${expected.canonicalRequest}`;
}

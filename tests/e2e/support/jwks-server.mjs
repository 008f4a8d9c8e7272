// A token issuer for tests: a server of key sets, and keys that sign tokens.

import { generateKeyPairSync, sign } from "node:crypto";
import { createServer } from "node:http";
import { listen } from "./loopback.mjs";

const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** Returns `{ jwk, token(claims) }` for a new key. `token` returns a signed token, which expires after 300 s by default. */
export function newSigner(kid) {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return {
    jwk: { kid, use: "sig", alg: "RS256", ...publicKey.export({ format: "jwk" }) },
    token(claims) {
      const now = Math.floor(Date.now() / 1000);
      const text = `${encode({ alg: "RS256", kid })}.${encode({ iat: now, exp: now + 300, ...claims })}`;
      return `${text}.${sign("sha256", Buffer.from(text), privateKey).toString("base64url")}`;
    },
  };
}

/**
 * Starts a server of key sets. Resolves to `{ url, answers, asked, stop() }`. `answers` are functions `(response) => {}` by path.
 * Other paths are a 404. `asked` counts the requests by path.
 */
export async function startJwksServer(answers) {
  const asked = {};
  const server = createServer(({ url = "" }, response) => {
    asked[url] = (asked[url] ?? 0) + 1;
    const answer = answers[url];
    if (answer) answer(response);
    else response.writeHead(404).end();
  });
  const { port, stop } = await listen(server);
  return {
    url: `http://127.0.0.1:${port}`,
    answers,
    asked,
    stop,
  };
}

/** Returns an answer of `startJwksServer`: the key set of these keys. */
export const jwks =
  (...keys) =>
  (response) =>
    response.end(JSON.stringify({ keys }));

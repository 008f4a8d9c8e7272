// Writes tokens.json beside this file: tokens that node's crypto signs with new keys. Some tokens are altered after they
// have been signed. Their times are years away, so that the vectors run with a real clock, too.
//
//     node generate_tokens.mjs

import { createHmac, generateKeyPairSync, sign } from "node:crypto";
import { writeFileSync } from "node:fs";

const SOURCE = `signed by node ${process.version}`;
const ISSUER = "https://issuer.example";
const POOL = "https://cognito-idp.us-west-2.amazonaws.com/us-west-2_abc";
const OTHER_POOL = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_def";
const [Y2020, Y2021, Y2099, Y2100] = [1577836800, 1609459200, 4070908800, 4102444800];

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const otherRsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
const encode = (value) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
const jwk = (key, kid, more) => ({ kid, use: "sig", ...more, ...key.publicKey.export({ format: "jwk" }) });

const SIGNERS = {
  RS256: (text, key = rsa) => sign("sha256", Buffer.from(text), key.privateKey),
  ES256: (text) => sign("sha256", Buffer.from(text), { key: ec.privateKey, dsaEncoding: "ieee-p1363" }),
};

function token(claims, { header = {}, by, key } = {}) {
  const head = { alg: "RS256", typ: "JWT", kid: "rsa", ...header };
  const text = `${encode(head)}.${encode(claims)}`;
  const signature = (by ?? SIGNERS[head.alg])(text, key);
  return `${text}.${Buffer.from(signature).toString("base64url")}`;
}

const CLAIMS = { iss: ISSUER, aud: "app", sub: "ann", iat: Y2020, nbf: Y2020, exp: Y2100 };
const without = (name, claims = CLAIMS) =>
  Object.fromEntries(Object.entries(claims).filter(([known]) => known !== name));
const ID = { iss: POOL, aud: "client", sub: "bob", token_use: "id", iat: Y2020, exp: Y2100 };
const ACCESS = {
  iss: POOL,
  client_id: "client",
  sub: "bob",
  token_use: "access",
  scope: "openid files/read",
  iat: Y2020,
  exp: Y2100,
};

const vectors = [];
const add = (path, name, header, expected, more) =>
  vectors.push({ name, source: SOURCE, path, header, ...more, expected });
const accept = (name, text, subject = "ann", path = "/v1/token") => add(path, name, text, { subject });
const refuse = (name, text, cause, { path = "/v1/token", message = "Unauthorized", forged = false } = {}) =>
  add(path, name, text, { message, cause }, { forged });
const FORGED = { forged: true };
const wrong = "the token's signature is not valid";
const form = "the token is not a JSON Web Token";
const algorithm = "the token's `alg` is neither RS256 nor ES256";
const unknown = "the issuer has no key with the token's `kid` and `alg`";

accept("a token signed with RS256", token(CLAIMS));
accept("a token signed with ES256", token(CLAIMS, { header: { alg: "ES256", kid: "ec" } }));
accept("a token after Bearer", `Bearer ${token(CLAIMS)}`);
accept("a token after bearer and two spaces", `bearer  ${token(CLAIMS)}`);
accept("one of several audiences is valid", token({ ...CLAIMS, aud: ["other", "app"] }));
accept("client_id instead of aud", token({ ...without("aud"), client_id: "app" }));
accept("a token without iat and nbf", token(without("iat", without("nbf"))));
accept("times with fractions", token({ ...CLAIMS, exp: Y2100 + 0.5 }));
accept("a claim beyond ASCII", token({ ...CLAIMS, name: "Zoë 😀" }));
accept("one of several scopes is valid", token({ ...CLAIMS, scope: "a files:read b" }), "ann", "/v1/token-and-scope");
accept("scopes as a list in scp", token({ ...CLAIMS, scp: ["files:all"] }), "ann", "/v1/token-and-scope");
accept("an identity token of Cognito", token(ID), "bob", "/v1/user");
accept("an identity token of the other pool", token({ ...ID, iss: OTHER_POOL }), "bob", "/v1/user");
accept("an access token of Cognito", token(ACCESS), "bob", "/v1/user-and-scope");

refuse("no Authorization header", null, "the header with the token is missing, empty or repeated");
refuse("an empty Authorization header", "", "the header with the token is missing, empty or repeated");
refuse("Bearer without a token", "Bearer ", form);
refuse("two tokens in one header", `${token(CLAIMS)}, ${token(CLAIMS)}`, form);
refuse("Basic instead of Bearer", `Basic ${token(CLAIMS)}`, form);
refuse("a header that is not a token", "let me in", form);
refuse("a token of two parts", token(CLAIMS).split(".").slice(0, 2).join("."), form);
refuse("a token of four parts", `${token(CLAIMS)}.e30`, form);
refuse("a token with base64 padding", `${token(CLAIMS)}==`, form);
refuse("a token header that is not JSON", `${encode("{")}.${encode(CLAIMS)}.AA`, form);
refuse("a token header that is a list", `${encode([])}.${encode(CLAIMS)}.AA`, form);
refuse("claims that are not JSON", `${encode({ alg: "RS256", kid: "rsa" })}.${encode("x")}.AA`, form);
refuse(
  "claims that are nested too deeply",
  `${encode({ alg: "RS256", kid: "rsa" })}.${encode(`${"[".repeat(5000)}`)}.AA`,
  form,
);
refuse("alg none", token(CLAIMS, { header: { alg: "none" }, by: () => "" }), algorithm);
refuse("alg None with a signature", token(CLAIMS, { header: { alg: "None" }, by: SIGNERS.RS256 }), algorithm);
refuse("a token without alg", token(CLAIMS, { header: { alg: undefined }, by: SIGNERS.RS256 }), algorithm);
const pem = rsa.publicKey.export({ type: "spki", format: "pem" });
refuse(
  "HS256 with the public key as secret",
  token(CLAIMS, { header: { alg: "HS256" }, by: (text) => createHmac("sha256", pem).update(text).digest() }),
  algorithm,
);
refuse(
  "a token signed with RS512",
  token(CLAIMS, { header: { alg: "RS512" }, by: (text) => sign("sha512", Buffer.from(text), rsa.privateKey) }),
  algorithm,
);
refuse("a token with crit", token(CLAIMS, { header: { crit: ["exp"] } }), "the token has a `crit` header");
refuse("a token without kid", token(CLAIMS, { header: { kid: undefined } }), "the token has no `kid`");
refuse("a kid that the issuer does not have", token(CLAIMS, { header: { kid: "rsa2" } }), unknown);
refuse("the kid of a key for encryption", token(CLAIMS, { header: { kid: "enc" } }), unknown);
refuse("RS256 with the other algorithm's key", token(CLAIMS, { header: { kid: "ec" } }), unknown);
refuse("ES256 with the other algorithm's key", token(CLAIMS, { header: { alg: "ES256" } }), unknown);
refuse(
  "the key is in the token's own header",
  token(CLAIMS, { header: { jwk: jwk(otherRsa, "rsa") }, key: otherRsa }),
  wrong,
  FORGED,
);
refuse("signed with another key of the same kid", token(CLAIMS, { key: otherRsa }), wrong, FORGED);
refuse("a token without a signature", `${token(CLAIMS).split(".").slice(0, 2).join(".")}.`, wrong, FORGED);
refuse(
  "other claims under the same signature",
  token(CLAIMS).replace(/\.[^.]*\./, `.${encode({ ...CLAIMS, sub: "eve" })}.`),
  wrong,
  FORGED,
);
refuse(
  "a signature of ES256 in the form DER",
  token(CLAIMS, {
    header: { alg: "ES256", kid: "ec" },
    by: (text) => sign("sha256", Buffer.from(text), ec.privateKey),
  }),
  wrong,
  FORGED,
);
refuse(
  "another issuer",
  token({ ...CLAIMS, iss: "https://issuer.example.com" }),
  "the token's `iss` is not an issuer of this authorizer",
);
refuse(
  "the issuer with a slash at its end",
  token({ ...CLAIMS, iss: `${ISSUER}/` }),
  "the token's `iss` is not an issuer of this authorizer",
);
refuse("a token without an issuer", token(without("iss")), "the token's `iss` is not an issuer of this authorizer");
refuse(
  "issuers as a list",
  token({ ...CLAIMS, iss: [ISSUER] }),
  "the token's `iss` is not an issuer of this authorizer",
);
refuse(
  "another audience",
  token({ ...CLAIMS, aud: "other" }),
  "the token's `aud` or `client_id` is not an audience of this authorizer",
);
refuse(
  "another audience, with a valid client_id",
  token({ ...CLAIMS, aud: "other", client_id: "app" }),
  "the token's `aud` or `client_id` is not an audience of this authorizer",
);
refuse(
  "a token without an audience",
  token(without("aud")),
  "the token's `aud` or `client_id` is not an audience of this authorizer",
);
refuse(
  "an audience that is not a string",
  token({ ...CLAIMS, aud: { app: true } }),
  "the token's `aud` or `client_id` is not an audience of this authorizer",
);
refuse("an expired token", token({ ...CLAIMS, exp: Y2021 }), "The incoming token has expired", {
  message: "The incoming token has expired",
});
refuse("a token without exp", token(without("exp")), "the token has no `exp`, or its `exp` is not a number");
refuse(
  "exp as a string",
  token({ ...CLAIMS, exp: String(Y2100) }),
  "the token has no `exp`, or its `exp` is not a number",
);
refuse(
  "a token that is not yet valid",
  token({ ...CLAIMS, nbf: Y2099 }),
  "the token's `nbf` or `iat` is in the future or is not a number",
);
refuse(
  "a token that was issued in the future",
  token({ ...CLAIMS, iat: Y2099 }),
  "the token's `nbf` or `iat` is in the future or is not a number",
);
refuse(
  "nbf that is not a number",
  token({ ...CLAIMS, nbf: "soon" }),
  "the token's `nbf` or `iat` is in the future or is not a number",
);
refuse(
  "a token with other scopes than the operation's",
  token({ ...CLAIMS, scope: "files:rea files:reader" }),
  "the token has none of the operation's scopes",
  { path: "/v1/token-and-scope" },
);
refuse("a token without scopes", token(CLAIMS), "the token has none of the operation's scopes", {
  path: "/v1/token-and-scope",
});
refuse("an access token for an operation without scopes", token(ACCESS), "the token's `token_use` is not `id`", {
  path: "/v1/user",
});
refuse(
  "an identity token for an operation with scopes",
  token({ ...ID, scope: "files/read" }),
  "the token's `token_use` is not `access`",
  { path: "/v1/user-and-scope" },
);
refuse(
  "a token of another user pool",
  token({ ...ID, iss: "https://cognito-idp.us-west-2.amazonaws.com/us-west-2_xyz" }),
  "the token's `iss` is not an issuer of this authorizer",
  { path: "/v1/user" },
);
refuse("a token for another authorizer", token(CLAIMS), "the token's `iss` is not an issuer of this authorizer", {
  path: "/v1/user",
});
refuse(
  "a token that is too long",
  token({ ...CLAIMS, padding: "x".repeat(13_000) }),
  "the token is longer than 16 KiB",
);
refuse(
  "a token in another header than the authorizer's",
  token(CLAIMS),
  "the header with the token is missing, empty or repeated",
  {
    path: "/v1/other-header",
  },
);

const keys = [
  jwk(rsa, "rsa", { alg: "RS256" }),
  jwk(ec, "ec"),
  { ...jwk(rsa, "enc"), use: "enc" },
  { kty: "oct", kid: "oct", k: "AAAA" },
];
writeFileSync(new URL("tokens.json", import.meta.url), `${JSON.stringify({ jwks: { keys }, vectors }, null, 1)}\n`);
console.log(vectors.length);

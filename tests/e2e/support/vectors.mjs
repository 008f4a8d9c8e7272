// Reads the vectors of `tests/vectors/exchange` and resolves their references. `tests/vectors/README.md` describes the format.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const TESTS = fileURLToPath(new URL("../../", import.meta.url));

export const BEHAVIOURS = ["aws", "edge"];

const json = (...path) => JSON.parse(readFileSync(join(TESTS, ...path), "utf8"));

const BUILT_IN = json("vectors", "gateway_responses.json");
const S3_ANSWERS = json("vectors", "s3_answers.json").answers;

/** Returns `target` with a JSON Merge Patch applied (RFC 7396). */
export function merge(target, patch) {
  if (patch === null || typeof patch !== "object" || Array.isArray(patch)) return patch;
  const merged = target !== null && typeof target === "object" && !Array.isArray(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = merge(merged[key], value);
  }
  return merged;
}

/** Returns the bytes of a body in the notation of the vectors. */
export function bytes(body) {
  if (body === undefined) return Buffer.alloc(0);
  if (typeof body === "string") return Buffer.from(body, "utf8");
  if ("base64" in body) return Buffer.from(body.base64, "base64");
  if ("file" in body) return readFileSync(join(TESTS, body.file));
  if ("repeat" in body) return Buffer.from(body.repeat.repeat(body.times), "utf8");
  throw new Error(`not a body of a vector: ${JSON.stringify(body)}`);
}

/** Returns the document of a vector, with its patch applied. */
export function documentOf({ document, patch = {} }) {
  return merge(typeof document === "string" ? json("documents", document) : document, patch);
}

/** Returns a pair `[name, value]` for every value of every header. */
export function headerPairs(headers = {}) {
  return Object.entries(headers).flatMap(([name, value]) => [value].flat().map((one) => [name, one]));
}

/** Returns a case for every vector and behaviour: `{ name, behaviour, only, settings, document, request, s3, expected }`. */
export function exchangeCases() {
  const defaults = json("vectors", "defaults.json");
  const files = readdirSync(join(TESTS, "vectors", "exchange"))
    .filter((name) => name.endsWith(".json"))
    .sort();
  return files.flatMap((file) => {
    const { defaults: ofFile = {}, vectors } = json("vectors", "exchange", file);
    const base = merge(defaults, ofFile);
    return vectors.flatMap((vector) => {
      // `patch` and `edge` keep their `null`s, which later remove members of the document and of the expectation.
      const { patch, edge } = vector;
      return casesOf(file, { ...merge(base, vector), ...(patch && { patch }), ...(edge && { edge }) });
    });
  });
}

function casesOf(file, /** @type {any} */ vectorOf) {
  const { name, only_in: onlyIn, lists_second_attempts: listed, expected, edge, settings, ...vector } = vectorOf;
  const behaviours = BEHAVIOURS.filter((behaviour) => onlyIn === undefined || onlyIn === behaviour);
  return behaviours.map((behaviour) => {
    const { differs, s3 = vector.s3, ...patch } = (behaviour === "edge" && edge) || {};
    const outcome = merge(expected, patch);
    const answers = s3.map(s3Answer);
    const isSentTwice = (nth) =>
      behaviour === "edge" &&
      !listed &&
      [429, 500, 502, 503].includes(answers[nth]?.status) &&
      ["GET", "HEAD"].includes(outcome.requests[nth]?.method);
    // `edge` sends such a request again. S3 answers both alike.
    const twice = (list) => list.flatMap((item, nth) => (isSentTwice(nth) ? [item, item] : [item]));
    return {
      // The test on the host has the same name.
      name: `${file.replace(/\.json$/, "").replaceAll("-", "_")}::${behaviour}::${name}`,
      behaviour,
      ...vector,
      s3: twice(answers),
      settings: { ...settings, COMPATIBILITY: behaviour },
      document: documentOf(vector),
      expected: resolved({ ...outcome, requests: twice(outcome.requests) }, behaviour),
    };
  });
}

/** Returns an answer of S3. A text is the name of an entry of `s3_answers.json`. */
function s3Answer(answer) {
  if (typeof answer !== "string") return answer;
  if (!(answer in S3_ANSWERS)) throw new Error(`s3_answers.json has no answer ${JSON.stringify(answer)}`);
  return S3_ANSWERS[answer];
}

/**
 * Resolves the short forms of an expectation. A response that is a text is the gateway response of that type. `payload` becomes
 * the boolean `unsigned` of each request.
 */
function resolved(outcome, behaviour) {
  const { response, log = {} } = outcome;
  const named =
    typeof response === "string"
      ? { response: BUILT_IN[response], log: { error: response, ...log } }
      : { response, log };
  const requests = outcome.requests.map((request) => ({
    ...request,
    unsigned: request.payload === "unsigned" || (request.payload === "unsigned in edge" && behaviour === "edge"),
  }));
  return { ...named, requests };
}

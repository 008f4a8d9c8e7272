// npm run fuzz: tests random documents, expressions, compiled APIs and requests. fuzz/README.md lists the assertions.
//
//   npm run fuzz                      every target, 600 seconds each
//   npm run fuzz -- documents 60      one target, 60 seconds

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { ROOT, which } from "./paths.mjs";
import { duration, Failure, foreground, main, say, step } from "./steps.mjs";
import { apt } from "./toolchain.mjs";
import { installOnly } from "./tools.mjs";

const FOLDER = join(ROOT, "fuzz");
const TESTS = join(ROOT, "tests");
const SECONDS = 600;
// If the target takes longer for an input, the input is a finding.
const TIMEOUT_S = 10;

const TARGETS = {
  documents: { dictionary: "documents.dict", longest: 32_768, seeds: documents },
  // The target has its own mutator, which needs no seeds. The limits are the most memory that an input may need, in MiB.
  compiled: { longest: 32_768, seeds: () => [], limits: ["-rss_limit_mb=512", "-malloc_limit_mb=32"] },
  mappings: { dictionary: "documents.dict", longest: 512, seeds: expressions },
  yaml: { dictionary: "documents.dict", longest: 8_192, seeds: yaml },
  signatures: { dictionary: "requests.dict", longest: 4_096, seeds: () => requests("signatures") },
  tokens: { dictionary: "requests.dict", longest: 16_384, seeds: () => requests("tokens") },
  reads: { dictionary: "requests.dict", longest: 4_096, seeds: () => requests("reads") },
};

const read = (file) => JSON.parse(readFileSync(file, "utf8"));
const FOLDERS = [
  "tests/documents",
  "tests/templates",
  "compiler/tests/explain/documents",
  "cli/tests/command/documents",
];

const inFolder = (folder, ending) => {
  const path = join(ROOT, folder);
  return readdirSync(path)
    .filter((name) => name.endsWith(ending))
    .sort()
    .map((name) => join(path, name));
};

/** Returns `target` with a JSON Merge Patch applied (RFC 7396). */
function merge(target, patch) {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const merged = typeof target === "object" && target !== null && !Array.isArray(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = merge(merged[key], value);
  }
  return merged;
}

/**
 * Yields the documents of the tests, templates with a document, and documents with models. A document of exchange vectors has the
 * requests of its vectors in `x-requests`, at most six in a seed.
 */
function* documents() {
  for (const folder of FOLDERS) {
    for (const file of inFolder(folder, ".json")) {
      yield readFileSync(file, "utf8");
      if (basename(file) !== "not-json.json") yield JSON.stringify(read(file));
    }
  }
  yield* templates();
  for (const file of inFolder("tests/documents/broken", ".json")) {
    const { document, text, yaml, base64 } = read(file);
    if (document) yield JSON.stringify(document);
    else yield base64 ? Buffer.from(base64, "base64") : (text ?? yaml).join("\n");
  }
  for (const document of validators()) yield JSON.stringify(document);
  const exchanges = new Map();
  for (const { document, patch, request, s3 } of vectors()) {
    const base = typeof document === "string" ? read(join(TESTS, "documents", document)) : document;
    const key = JSON.stringify(merge(base, patch ?? {}));
    if (!exchanges.has(key)) exchanges.set(key, []);
    exchanges.get(key).push({ request, s3 });
  }
  for (const [key, requests] of exchanges) {
    for (let at = 0; at < requests.length; at += 6) {
      yield JSON.stringify({ ...JSON.parse(key), "x-requests": requests.slice(at, at + 6) });
    }
  }
}

/** Yields CloudFormation and SAM templates that contain a document, functions, parameters, conditions and mappings. */
function* templates() {
  const Body = read(join(TESTS, "documents", "sample-openapi-3.0.json"));
  const uri = {
    "Fn::Sub": ["arn:${AWS::Partition}:apigateway:${AWS::Region}:s3:path/${Name}/{key}", { Name: { Ref: "Bucket" } }],
  };
  const [item] = Object.values(Body.paths);
  item.get["x-amazon-apigateway-integration"].uri = uri;
  const Parameters = { Bucket: { Type: "String", Default: "files" }, Stage: { Type: "String", Default: "beta" } };
  const Conditions = {
    IsProduction: { "Fn::Equals": [{ Ref: "Stage" }, "prod"] },
    IsBeta: { "Fn::Not": [{ Condition: "IsProduction" }] },
  };
  const Mappings = { Names: { beta: { bucket: "files-beta" } } };
  const found = { "Fn::FindInMap": ["Names", { Ref: "Stage" }, "bucket"] };
  const chosen = {
    "Fn::If": [
      "IsBeta",
      { "Fn::Join": ["-", [found, { "Fn::Select": [0, { "Fn::Split": [",", "a,b"] }] }]] },
      { Ref: "AWS::NoValue" },
    ],
  };
  const body = { ...Body, info: { title: chosen, version: "1" } };
  const api = (Type, key) => ({
    Parameters,
    Conditions,
    Mappings,
    Resources: { Bucket: { Type: "AWS::S3::Bucket" }, Api: { Type, Properties: { [key]: body } } },
  });
  yield JSON.stringify(api("AWS::ApiGateway::RestApi", "Body"));
  yield JSON.stringify({ Transform: "AWS::Serverless-2016-10-31", ...api("AWS::Serverless::Api", "DefinitionBody") });
}

function* vectors() {
  const base = read(join(TESTS, "vectors", "defaults.json"));
  const { answers } = read(join(TESTS, "vectors", "s3_answers.json"));
  for (const file of inFolder("tests/vectors/exchange", ".json")) {
    const { defaults, vectors } = read(file);
    for (const vector of vectors) {
      const merged = merge(merge(base, defaults ?? {}), vector);
      yield {
        ...merged,
        s3: merged.s3.map((answer) => answers[answer] ?? answer),
        patch: vector.patch ?? defaults?.patch,
      };
    }
  }
}

/** Yields a document for each schema of the model vectors, with a request whose body is the first value of the vector. */
function* validators() {
  const { components, vectors } = read(join(TESTS, "vectors", "models.json"));
  for (const { schema, values } of vectors) yield { ...validating(schema, values[0][0]), components };
}

function validating(schema, value) {
  return {
    openapi: "3.0.1",
    "x-amazon-apigateway-request-validators": { all: { validateRequestBody: true, validateRequestParameters: true } },
    "x-amazon-apigateway-request-validator": "all",
    paths: {
      "/": {
        post: {
          requestBody: { content: { "application/json": { schema } } },
          responses: { 200: {} },
          "x-amazon-apigateway-integration": {
            type: "aws",
            httpMethod: "POST",
            uri: "arn:aws:apigateway:us-west-2:s3:path/files/a",
            responses: { default: { statusCode: 200 } },
          },
        },
      },
    },
    "x-requests": [{ request: { method: "POST", url: "/", body: JSON.stringify(value) } }],
  };
}

/**
 * Yields the strings of the documents that are shorter than 300 characters and have more than letters, digits and spaces. Then
 * yields two inputs that have several parts.
 */
function* expressions() {
  const texts = new Set();
  const collect = (value) => {
    if (typeof value === "string") texts.add(value);
    else if (typeof value === "object" && value !== null) {
      for (const [key, inner] of Object.entries(value)) {
        texts.add(key);
        collect(inner);
      }
    }
  };
  for (const file of [...inFolder("tests/documents", ".json"), ...inFolder("tests/documents/broken", ".json")])
    collect(read(file));
  for (const text of texts) if (/[^A-Za-z0-9 ]/.test(text) && text.length < 300) yield text;
  // Inputs with parts that U+001F separates: an Accept header, a content type and a list of media types; a JSON path and a document.
  yield ["text/html, */*;q=0.8", "image/png", "image/*|application/pdf|*/*"].join("\x1f");
  yield [".pets[0]['a name'].b", '{"pets":[{"a name":{"b":1}}]}'].join("\x1f");
}

function* yaml() {
  for (const folder of FOLDERS) {
    for (const file of inFolder(folder, ".yaml")) yield readFileSync(file, "utf8");
  }
}

/** Yields the inputs of a file in `fuzz/seeds`. */
function* requests(target) {
  for (const input of read(join(FOLDER, "seeds", `${target}.json`))) yield JSON.stringify(input);
}

/** Writes the seeds of a target into its corpus. Returns the folder of the corpus. */
function seed(target) {
  const corpus = join(FOLDER, "corpus", target);
  mkdirSync(corpus, { recursive: true });
  let count = 0;
  for (const text of TARGETS[target].seeds()) {
    writeFileSync(join(corpus, `seed-${String(count).padStart(4, "0")}`), text);
    count += 1;
  }
  return corpus;
}

/** Installs a C++ compiler on Linux if none is on PATH. libFuzzer needs one. */
async function compiler(current) {
  if (which("c++") || process.platform !== "linux" || (await apt(current, ["g++"]))) return;
  throw new Failure("libFuzzer needs a C++ compiler. Install one (Debian: g++)");
}

async function run() {
  const [named, seconds = String(SECONDS), ...rest] = process.argv.slice(2);
  if ((named && !TARGETS[named]) || !/^\d+$/.test(seconds) || rest.length > 0) {
    throw new Failure(`usage: npm run fuzz -- [${Object.keys(TARGETS).join("|")}] [SECONDS]`);
  }
  const program = await step("cargo-fuzz", (current) => installOnly(current, "cargo-fuzz"));
  await step("a C++ compiler", compiler);
  const folder = resolve(ROOT, process.env.CARGO_TARGET_DIR || join("fuzz", "target"));
  // For `cargo fuzz`, cargo must find the program cargo-fuzz on PATH.
  const env = { ...process.env, PATH: `${dirname(program)}:${process.env.PATH}`, CARGO_TARGET_DIR: folder };
  for (const target of named ? [named] : Object.keys(TARGETS)) {
    const { dictionary, longest, limits = [] } = TARGETS[target];
    // The code is safe Rust, so no sanitizer is needed. Without a sanitizer, a stable compiler is enough.
    const args = ["fuzz", "run", "--fuzz-dir", FOLDER, "--sanitizer", "none", target, seed(target), "--"];
    args.push(`-max_total_time=${seconds}`, `-timeout=${TIMEOUT_S}`, `-max_len=${longest}`);
    if (dictionary) args.push(`-dict=${join(FOLDER, dictionary)}`);
    args.push(...limits, "-print_final_stats=1");
    const started = performance.now();
    const artifacts = join(FOLDER, "artifacts", target);
    mkdirSync(artifacts, { recursive: true });
    const last = join(artifacts, "last-input");
    const status = await foreground("cargo", args, { env: { ...env, FUZZ_LAST_INPUT: last } });
    if (status !== 0) {
      const where = `If an input failed, it is in ${artifacts}, or after a stack overflow in ${last}.`;
      throw new Failure(
        `${target}: cargo fuzz ended with status ${status}. ${where} Add a test with that input, repair the error, and try again`,
      );
    }
    rmSync(last, { force: true });
    say(`${target}: no finding in ${duration(performance.now() - started)}`);
  }
  return 0;
}

await main(run);

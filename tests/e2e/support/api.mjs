// Compiles documents to the content of `api.bin`, for the Worker of a test.

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PROGRAM } from "../../../scripts/cli.mjs";
import { sha256 } from "./sigv4.mjs";

/** The file of the sample document. The environment variable API has no effect on the tests. */
const SAMPLE = fileURLToPath(new URL("../../../api/openapi.json", import.meta.url));

const folder = mkdtempSync(join(tmpdir(), "s3-edge-gateway-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

const known = new Map();

/**
 * Resolves to the compiled form of a document. The document is an object, or a text in JSON or YAML, or by default the sample API.
 * Each document is compiled once. Rejects if the document has errors.
 */
export function compiled(document = readFileSync(SAMPLE, "utf8")) {
  const text = typeof document === "string" ? document : JSON.stringify(document);
  const name = sha256(text);
  if (!known.has(name)) known.set(name, compile(text, join(folder, `${name}.bin`)));
  return known.get(name);
}

async function compile(text, file) {
  // `-` is the standard input, so the environment variable API has no effect.
  const child = spawn(PROGRAM, ["compile", "-", "--output", file], { stdio: ["pipe", "pipe", "pipe"] });
  let printed = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (chunk) => (printed += chunk));
  const status = new Promise((resolve, reject) => child.on("error", reject).on("close", resolve));
  child.stdin.on("error", () => {});
  child.stdin.end(text);
  if ((await status) !== 0) throw new Error(`the document was not compiled:\n${printed}`);
  return readFileSync(file);
}

// Makes the Worker's modules from the wasm file that cargo has built: build/index.js, build/index_bg.wasm and the entry
// module build/worker.js.

import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BUILD, NPM_BIN, ROOT, TARGET, WASM_TARGET_FOLDER } from "./paths.mjs";
import { Failure } from "./steps.mjs";

/** The files that `bundle` writes to `build/`. */
export const MODULES = ["index.js", "index_bg.wasm", "worker.js"];

// V8 compiles a whole function at its first call. Without the second option, wasm-opt inlines a function that has only one
// caller, so that rare code becomes part of a common function.
const OPTIMIZE = ["-O3", "--one-caller-inline-max-function-size=50"];

// The features that rustc and wasm-bindgen use. --all-features is not possible: workerd does not support every encoding that
// binaryen writes.
const FEATURES = [
  "mutable-globals",
  "sign-ext",
  "nontrapping-float-to-int",
  "bulk-memory",
  "multivalue",
  "reference-types",
  "exception-handling",
  "simd",
];

/** The module that wrangler bundles: `main` of wrangler.toml. */
const ENTRY = `import { gateway } from "./index.js";
import api from "./api.bin";
export default gateway(api);
`;

/** Writes the modules to `build/`. Each file is replaced with an atomic rename. */
export async function bundle(current, { wasmBindgen, env }) {
  const staging = join(WASM_TARGET_FOLDER, "bundle");
  rmSync(staging, { recursive: true, force: true });
  const built = join(WASM_TARGET_FOLDER, TARGET, "release", "s3_edge_gateway.wasm");
  const glue = ["--no-typescript", "--out-name", "index", "--out-dir", staging];
  // These options allow a new wasm instance after a panic: see entry.js.
  const recovery = ["--experimental-reset-state-function", "--force-enable-abort-handler"];
  await current.run(wasmBindgen, [built, "--target", "module", ...glue, ...recovery], { env });
  const wasm = join(staging, "index_bg.wasm");
  // --debuginfo keeps the names of functions, which the stack of a panic shows.
  const features = FEATURES.map((feature) => `--enable-${feature}`);
  await current.run(
    join(NPM_BIN, "wasm-opt"),
    [wasm, "-o", `${wasm}.optimized`, ...OPTIMIZE, ...features, "--debuginfo"],
    { env },
  );
  renameSync(`${wasm}.optimized`, wasm);

  const index = join(staging, "index.js");
  writeFileSync(index, portable(readFileSync(index, "utf8")));
  await minify(staging);
  writeFileSync(join(staging, "worker.js"), ENTRY);
  mkdirSync(BUILD, { recursive: true });
  for (const name of MODULES) renameSync(join(staging, name), join(BUILD, name));
}

/**
 * Returns the glue code of wasm-bindgen in the form that esbuild and workerd accept: `import source` of the wasm module becomes a
 * plain `import`. wasm-bindgen 0.2.130 also writes an object with duplicate keys. Only the first entry of each key is kept.
 */
function portable(glue) {
  const seen = new Set();
  return glue
    .replace(/^import source /m, "import ")
    .replace(/^\s*("\.\/snippets\/[^"]*"): import\d+,\n/gm, (line, key) => {
      if (seen.has(key)) return "";
      seen.add(key);
      return line;
    });
}

async function minify(staging) {
  // wasm-bindgen has copied bridge.js. The entry must import this copy, because both modules share its state.
  const [copy] = readdirSync(join(staging, "snippets"));
  const entry = readFileSync(join(ROOT, "src", "edge", "entry.js"), "utf8");
  const { build, stop } = await import("esbuild");
  const { warnings } = await build({
    stdin: {
      contents: entry.replace("./bridge.js", `./snippets/${copy}/src/edge/bridge.js`),
      resolveDir: staging,
      sourcefile: "entry.js",
    },
    outfile: join(staging, "index.js"),
    allowOverwrite: true,
    bundle: true,
    minify: true,
    format: "esm",
    external: ["./index_bg.wasm"],
    logLevel: "silent",
  });
  // Without this call, the service of esbuild runs until this process ends, and this process may be `npm start`.
  await stop();
  if (warnings.length > 0) throw new Failure(warnings.map(({ text }) => `esbuild: ${text}`).join("\n"));
}

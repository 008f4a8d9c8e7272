#!/usr/bin/env node
// What worker-build takes for esbuild: esbuild, with this project's entry in the place of worker-build's.

import { spawnSync } from "node:child_process";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { NPM_BIN, ROOT } from "./paths.mjs";

if (process.argv.includes("./shim.js")) copyFileSync(join(ROOT, "src", "edge", "entry.js"), "shim.js");
const { status, error } = spawnSync(join(NPM_BIN, "esbuild"), process.argv.slice(2), { stdio: "inherit" });
if (error) console.error(`esbuild did not run: ${error.message}`);
process.exitCode = status ?? 1;

// npm test: installs what is missing and runs every test.
//
//   npm test                           everything
//   npm test -- --only host            only `cargo test`, without the built Worker
//   npm test -- --only host NAME       the tests with NAME in their name
//   npm test -- --only e2e             the built Worker in front of real S3 servers
//   npm test -- --only e2e FILE        the files of tests/e2e with FILE in their name
//   npm test -- --only e2e FILE NAME   the tests with NAME in their name, in these files

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { build } from "./build.mjs";
import { ROOT } from "./paths.mjs";
import { buildSetUp, nodeForWrangler, npmEnv } from "./setup.mjs";
import { duration, Failure, foreground, main, say, step } from "./steps.mjs";

const FOLDER = join("tests", "e2e");
const HOST_TESTS = ["test", "--locked", "--workspace"];
const USAGE = "npm test -- [--only host [NAME] | --only e2e [FILE [NAME]]]";

/** Runs tests. Resolves to whether they passed. */
async function show(title, command, args, env = process.env) {
  say(`\n== ${title}\n`);
  const started = performance.now();
  const status = await foreground(command, args, { env });
  const outcome = status === 0 ? "passed" : `failed (status ${status})`;
  say(`\n== ${title}: ${outcome} after ${duration(performance.now() - started)}\n`);
  return status === 0;
}

const hostTests = (...names) => show("host tests (cargo test)", "cargo", [...HOST_TESTS, ...names]);

function endToEndTests(file = "", name = "") {
  const files = readdirSync(join(ROOT, FOLDER)).filter((entry) => entry.endsWith(".test.mjs") && entry.includes(file));
  if (files.length === 0) throw new Failure(`${FOLDER} has no file *${file}*.test.mjs`);
  // The files run one at a time, because a file may start several servers, and a machine may have only two cores.
  const options = ["--test", "--test-concurrency=1", "--test-reporter=spec"];
  // The value of this option is a regular expression, so the special characters of NAME are escaped.
  if (name) options.push(`--test-name-pattern=${name.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")}`);
  const paths = files.sort().map((entry) => join(FOLDER, entry));
  return show("end-to-end tests", nodeForWrangler(), [...options, ...paths], npmEnv());
}

async function run() {
  const [only, part, ...names] = process.argv.slice(2);
  const parts = only === undefined ? ["host", "e2e"] : [part];
  const most = { host: 1, e2e: 2 }[parts[0]];
  if ((only !== undefined && only !== "--only") || most === undefined || names.length > most) {
    throw new Failure(`the arguments are not valid. Use: ${USAGE}`);
  }
  let passed = true;
  if (parts.includes("e2e")) {
    const compile = (current) => current.run("cargo", [...HOST_TESTS, "--no-run"]);
    await buildSetUp({
      later: ["s3s-fs", "garage"],
      alongside: (tools) =>
        Promise.all([build(tools), parts.includes("host") && step("host tests (compiling)", compile)]),
    });
  }
  if (parts.includes("host")) passed = await hostTests(...names);
  if (parts.includes("e2e")) passed = (await endToEndTests(...names)) && passed;
  return passed ? 0 : 1;
}

await main(run);

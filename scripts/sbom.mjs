// npm run sbom: writes the dependencies of a release as CycloneDX: .dev/sbom/npm.json, and one file for each Rust package.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ROOT } from "./paths.mjs";
import { Failure, main, say, step } from "./steps.mjs";
import { output } from "./toolchain.mjs";
import { installOnly } from "./tools.mjs";

const FOLDER = join(ROOT, ".dev", "sbom");

/** Runs a command. Returns its output, parsed as JSON. */
function json(command, ...args) {
  const text = output(command, args);
  if (text === null) throw new Failure(`\`${command} ${args.join(" ")}\` failed. Run it to see the error`);
  return JSON.parse(text);
}

await main(async () => {
  const program = await step("cargo-cyclonedx", (current) => installOnly(current, "cargo-cyclonedx"));
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  await step("packages of npm", async () => {
    const bom = json("npm", "sbom", "--sbom-format=cyclonedx", "--package-lock-only");
    // npm writes the name of the folder here, and not the name of the package.
    bom.metadata.component.name = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")).name;
    writeFileSync(join(FOLDER, "npm.json"), `${JSON.stringify(bom, null, 2)}\n`);
  });
  await step("packages of Rust", async (current) => {
    const options = [
      "--format",
      "json",
      "--spec-version",
      "1.5",
      "--all-features",
      "--target",
      "all",
      "--override-filename",
      "sbom",
    ];
    await current.run(program, ["cyclonedx", ...options]);
    // cargo-cyclonedx writes one file into the folder of each Cargo.toml.
    const { packages } = json("cargo", "metadata", "--locked", "--no-deps", "--format-version", "1");
    for (const { name, manifest_path: manifest } of packages) {
      const written = join(dirname(manifest), "sbom.json");
      writeFileSync(
        join(FOLDER, `${name}.json`),
        readFileSync(written, "utf8").replaceAll(`file://${ROOT}`, "file://."),
      );
      rmSync(written);
    }
  });
  say(`\nWritten to ${FOLDER}`);
});

// npm run reproducible: builds the Worker in this clone and in a copy in another folder. Fails if a file differs.

import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MODULES } from "./bundle.mjs";
import { BUILD, ROOT } from "./paths.mjs";
import { buildSetUp } from "./setup.mjs";
import { Failure, main, say, step } from "./steps.mjs";
import { output } from "./toolchain.mjs";
import { buildWorker } from "./worker.mjs";

const hashes = (folder) =>
  MODULES.map(
    (name) =>
      `${createHash("sha256")
        .update(readFileSync(join(folder, name)))
        .digest("hex")}  ${name}`,
  );

const copy = mkdtempSync(join(realpathSync(tmpdir()), "s3-edge-gateway-in-another-folder-"));
process.on("exit", () => rmSync(copy, { recursive: true, force: true }));

await main(async () => {
  const tools = await buildSetUp();
  await step("Worker", (current) => buildWorker(current, tools));
  await step("Worker in another folder", async (current) => {
    const files = output("git", ["-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    if (files === null) throw new Failure("`git ls-files` failed. Run this command in a clone of the repository");
    for (const file of files.split("\0").filter(Boolean)) cpSync(join(ROOT, file), join(copy, file));
    symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
    await current.run(process.execPath, [join(copy, "scripts", "worker.mjs")], { cwd: copy });
  });
  const [here, there] = [hashes(BUILD), hashes(join(copy, "build"))];
  const differing = there.filter((line) => !here.includes(line));
  say(`\nBuilt with ${tools.toolchain.how}:\n\n${here.join("\n")}\n`);
  if (differing.length > 0) throw new Failure(`the build in another folder differs:\n\n${differing.join("\n")}`);
});

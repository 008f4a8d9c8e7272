// Another build of the gateway, which is measured in the same run as the build of this checkout.

import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Failure } from "../scripts/steps.mjs";
import { BUILT, collectGateway, FOLDER } from "./workers.mjs";

/**
 * Copies the built gateway in the folder `name`, or in its subfolder `build`, as the Worker `before`. A relative name starts where
 * npm was called. Returns the folder with the build.
 */
export function collectBefore(name) {
  const given = resolve(process.env.INIT_CWD ?? process.cwd(), name);
  const folder = [given, join(given, "build")].find((folder) => BUILT.every((file) => existsSync(join(folder, file))));
  if (!folder) {
    throw new Failure(
      `--against ${name}: neither ${given} nor its folder \`build\` has all of ${BUILT.join(", ")}. Run \`npm run build\` there`,
    );
  }
  collectGateway("before", folder);
  return folder;
}

/** Returns whether the two builds have the same code and the same API. */
export function isSameBuild() {
  return BUILT.every((file) =>
    readFileSync(join(FOLDER, "before", file)).equals(readFileSync(join(FOLDER, "gateway", file))),
  );
}

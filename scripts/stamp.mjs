// Stamps: hashes of the sources of a build product, which show whether it is up to date.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { ROOT } from "./paths.mjs";

function* files(path) {
  if (!existsSync(path)) return;
  if (!statSync(path).isDirectory()) return yield path;
  for (const name of readdirSync(path).sort()) yield* files(join(path, name));
}

/**
 * Returns a stamp that is stored in the file `stamp`. `products` are absolute paths. `sources` are files and folders of the
 * clone. `more()` returns other values that the products depend on, by name.
 */
export function stampOf({ stamp, products, sources, more = () => ({}) }) {
  const inputs = () => {
    const hash = createHash("sha256");
    const add = (name, content) => hash.update(`${name}\0${content.length}\0`).update(content);
    for (const source of sources) {
      for (const file of files(join(ROOT, source))) add(relative(ROOT, file), readFileSync(file));
    }
    for (const [name, value] of Object.entries(more())) add(`$${name}`, value);
    return hash.digest("hex");
  };
  const made = () =>
    products.map((path) => {
      if (!existsSync(path)) return null;
      const { size, mtimeMs } = statSync(path);
      return { name: basename(path), size, mtimeMs };
    });
  const upToDate = () => {
    try {
      const last = JSON.parse(readFileSync(stamp, "utf8"));
      const now = made();
      return now.every(Boolean) && JSON.stringify(last.products) === JSON.stringify(now) && last.inputs === inputs();
    } catch {
      return false;
    }
  };
  return {
    upToDate,
    /** Runs `build` and stamps its products. */
    async renew(build) {
      const before = inputs();
      await build();
      // If a source has changed during the build, the stamp is not valid, and the next build runs again.
      const settled = before === inputs() ? before : "changed during the build";
      mkdirSync(dirname(stamp), { recursive: true });
      writeFileSync(stamp, JSON.stringify({ inputs: settled, products: made() }));
    },
  };
}

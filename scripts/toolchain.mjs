// A Rust toolchain that builds for wasm32-unknown-unknown. In this order:
//
//   1. a rustc on PATH that has the target already;
//   2. rustup adds the target, unless RUSTUP_AUTO_INSTALL=0 says that it must not download;
//   3. the distribution's toolchain (apt), whose standard library is built for the target once, from the
//      distribution's own source, into a private sysroot in the cache: nothing of the system is changed but for the
//      packages.
//
// Only the Worker is built with it. Host builds (tests, lints, documents) use the toolchain on PATH.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { cached } from "./cache.mjs";
import { atLeast, CACHE, rustVersion, TARGET, WASM_TARGET_FOLDER, which } from "./paths.mjs";
import { Failure } from "./steps.mjs";

const DISTRIBUTION = "/usr/bin";
// Debian keeps a current Rust for browsers beside an older one for everything else.
const PACKAGE_SETS = [
  ["rustc-web", "cargo-web", "rust-web-src", "rust-web-clippy"],
  ["rustc", "cargo", "rust-src", "rust-clippy"],
];

/** What a quick program prints, or null if it cannot be run or fails. */
export function output(command, args, env = process.env) {
  try {
    return execFileSync(command, args, { env, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return null;
  }
}

function describe(rustc) {
  const text = output(rustc, ["-vV"]);
  if (!text) return null;
  const field = (name) => text.match(new RegExp(`^${name}: (.*)$`, "m"))?.[1] ?? "";
  const version = field("release").split(".").slice(0, 2).map(Number);
  return { text, host: field("host"), version, release: field("release"), llvm: parseInt(field("LLVM version"), 10) };
}

function hasTarget(rustc) {
  const folder = output(rustc, ["--print", "target-libdir", "--target", TARGET]);
  return Boolean(folder && existsSync(folder) && readdirSync(folder).some((file) => /^libstd-.*\.rlib$/.test(file)));
}

// The second one makes wasm-bindgen's macro use the futures of js-sys, as the `worker` crate does.
const environment = (additions) => ({
  CARGO_TARGET_DIR: WASM_TARGET_FOLDER,
  WASM_BINDGEN_USE_JS_SYS: "1",
  ...additions,
});

/**
 * Finds or makes the toolchain. Returns `{ how, made, env }`; `env` holds what to add to the environment of cargo and
 * wasm-bindgen (see `wasmEnv`).
 */
export async function wasmToolchain(step) {
  const wanted = rustVersion();
  const reasons = [];

  const own = describe("rustc");
  const fits = own && atLeast(own.version, wanted);
  if (!own) reasons.push("there is no rustc on PATH");
  else if (!fits) reasons.push(`rustc on PATH is ${own.release}, older than ${wanted.join(".")}`);
  if (fits && hasTarget("rustc")) return { how: `rustc ${own.release}`, made: false, env: environment({}) };

  if (fits && which("rustup")) {
    if (process.env.RUSTUP_AUTO_INSTALL === "0") {
      reasons.push("rustup may not download (RUSTUP_AUTO_INSTALL=0)");
    } else {
      step.note(`rustup target add ${TARGET}`);
      try {
        await step.run("rustup", ["target", "add", TARGET]);
        if (hasTarget("rustc")) return { how: `rustc ${own.release}, by rustup`, made: true, env: environment({}) };
        reasons.push("rustup added the target to another toolchain than that of rustc on PATH");
      } catch (error) {
        reasons.push(`rustup could not add the target (${error.log})`);
      }
    }
  } else if (fits) {
    reasons.push("there is no rustup");
  }

  const distribution = await distributionToolchain(step, wanted, reasons);
  if (distribution) return distribution;

  throw new Failure(
    [
      `no Rust toolchain for ${TARGET}: ${reasons.join("; ")}.`,
      "",
      "Any of these helps:",
      `  1. a rustc (${wanted.join(".")} or newer, first on PATH) that comes with the target ${TARGET}`,
      `  2. rustup, allowed to download:  rustup target add ${TARGET}`,
      `  3. on Debian or Ubuntu, as root:  apt-get install ${PACKAGE_SETS[0].join(" ")}  and lld-N,`,
      "     N being the LLVM version in /usr/bin/rustc -vV",
    ].join("\n"),
  );
}

/** The environment for cargo and clippy when they build for the Worker. */
export function wasmEnv(toolchain, base = process.env) {
  const env = { ...base, ...toolchain.env };
  if (toolchain.env.PATH) env.PATH = `${toolchain.env.PATH}:${base.PATH ?? ""}`;
  return env;
}

async function distributionToolchain(step, wanted, reasons) {
  const rustc = join(DISTRIBUTION, "rustc");
  const usable = () => {
    const found = existsSync(rustc) ? describe(rustc) : null;
    return found && atLeast(found.version, wanted) && existsSync(join(DISTRIBUTION, "cargo")) ? found : null;
  };
  let found = usable();
  let made = false;
  if (!found || !existsSync(join(DISTRIBUTION, "cargo-clippy")) || !sourceOf(rustc)) {
    made = await installFirstSet(step, wanted, reasons);
    found = usable();
  }
  if (!found) return null;

  if (hasTarget(rustc)) {
    return {
      how: `the distribution's rustc ${found.release}`,
      made,
      env: environment({ PATH: DISTRIBUTION, ...linker(found) }),
    };
  }
  if (!sourceOf(rustc)) {
    reasons.push("the source of the distribution's standard library is not installed");
    return null;
  }
  if (!linker(found)) {
    await apt(step, [`lld-${found.llvm}`], reasons);
    if (!linker(found)) return null;
  }
  const name = `wasm-rust/${found.release}-${createHash("sha256").update(found.text).digest("hex").slice(0, 12)}`;
  const sysroot = await cached(
    name,
    join(CACHE, "locks", "wasm-rust"),
    async (folder) => {
      made = true;
      await buildStandardLibrary(step, folder, found);
    },
    step.note,
  );
  const env = environment({ PATH: join(sysroot, "bin"), SYSROOT: sysroot, ...linker(found) });
  return { how: `the distribution's rustc ${found.release}`, made, env };
}

function sourceOf(rustc) {
  const sysroot = output(rustc, ["--print", "sysroot"]);
  const library = sysroot && join(sysroot, "lib", "rustlib", "src", "rust", "library");
  return library && existsSync(join(library, "std", "Cargo.toml")) ? library : null;
}

/** The distribution's rustc comes without a linker for wasm: it is LLVM's, of the same major version. */
function linker({ llvm, host }) {
  const own = join(
    output(join(DISTRIBUTION, "rustc"), ["--print", "sysroot"]) ?? "",
    "lib",
    "rustlib",
    host,
    "bin",
    "rust-lld",
  );
  if (existsSync(own)) return {};
  const name = [`wasm-ld-${llvm}`, "wasm-ld"].find((candidate) => existsSync(join(DISTRIBUTION, candidate)));
  return name ? { CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER: join(DISTRIBUTION, name) } : null;
}

async function installFirstSet(step, wanted, reasons) {
  if (!which("apt-get")) {
    reasons.push("there is no apt-get");
    return false;
  }
  if (!(await aptUpdate(step, reasons))) return false;
  for (const set of PACKAGE_SETS) {
    const candidate = output("apt-cache", ["policy", set[0]])?.match(/Candidate: (\d+)\.(\d+)/);
    if (!candidate || !atLeast(candidate.slice(1).map(Number), wanted)) continue;
    return apt(step, set, reasons);
  }
  reasons.push(`the distribution has no Rust ${wanted.join(".")}`);
  return false;
}

/** apt-get with the rights it needs, or null. */
function aptCommand() {
  if (!which("apt-get")) return null;
  if (process.getuid?.() === 0) return ["apt-get"];
  return output("sudo", ["-n", "true"]) === null ? null : ["sudo", "-n", "apt-get"];
}

let updated = null;

async function aptUpdate(step, reasons) {
  const command = aptCommand();
  if (!command) {
    reasons.push("installing the distribution's packages needs root");
    return false;
  }
  updated ??= step.run(command[0], [...command.slice(1), "update"]).then(
    () => true,
    (error) => {
      reasons.push(`apt-get update failed (${error.log})`);
      return false;
    },
  );
  return updated;
}

/** Installs packages of the distribution if that is possible here. Returns whether it was. */
export async function apt(step, packages, reasons = []) {
  if (!(await aptUpdate(step, reasons))) return false;
  const [program, ...rest] = aptCommand();
  const options = ["-o", "DPkg::Lock::Timeout=300", "install", "-y", "--no-install-recommends"];
  try {
    step.note(`apt-get install ${packages.join(" ")}`);
    await step.run(program, [...rest, ...options, ...packages], {
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
      letFinish: true,
    });
    return true;
  } catch (error) {
    reasons.push(`apt-get install failed (${error.log})`);
    return false;
  }
}

/**
 * Makes a sysroot in `folder`: the distribution's, by links, and the standard library for the target, built from the
 * distribution's source. `bin/rustc` there is the distribution's rustc with this sysroot.
 */
async function buildStandardLibrary(step, folder, { host }) {
  const rustc = join(DISTRIBUTION, "rustc");
  const work = join(folder, "work");
  mkdirSync(join(work, "src"), { recursive: true });
  writeFileSync(
    join(work, "Cargo.toml"),
    '[package]\nname = "nothing"\nversion = "0.0.0"\nedition = "2021"\n\n[workspace]\n',
  );
  writeFileSync(join(work, "src", "lib.rs"), "#![no_std]\n");
  await step.run(
    join(DISTRIBUTION, "cargo"),
    ["build", "--release", "--target", TARGET, "-Zbuild-std=std,panic_abort"],
    {
      cwd: work,
      env: {
        ...process.env,
        PATH: `${DISTRIBUTION}:${process.env.PATH ?? ""}`,
        RUSTC: rustc,
        RUSTC_BOOTSTRAP: "1", // build-std is a nightly option
        RUSTFLAGS: "-Cembed-bitcode=yes", // or else `lto = true` finds nothing to optimise
        CARGO_TARGET_DIR: join(work, "target"),
      },
    },
  );
  const built = join(work, "target", TARGET, "release", "deps");
  const rustlib = join(folder, "lib", "rustlib");
  const library = join(rustlib, TARGET, "lib");
  mkdirSync(library, { recursive: true });
  for (const file of readdirSync(built)) {
    if (file.endsWith(".rlib") && !file.startsWith("libnothing-")) copyFileSync(join(built, file), join(library, file));
  }
  rmSync(work, { recursive: true, force: true });

  const system = join(output(rustc, ["--print", "sysroot"]), "lib", "rustlib");
  for (const name of readdirSync(system)) {
    if (name !== TARGET) symlinkSync(join(system, name), join(rustlib, name));
  }
  if (!existsSync(join(rustlib, host))) throw new Failure(`${system} holds nothing for ${host}`);

  const bin = join(folder, "bin");
  mkdirSync(bin);
  // The folder gets its last name only when it is whole, so the script finds the sysroot from where it is itself.
  const script = `#!/bin/sh\nbin=\${0%/*}\nexec ${rustc} --sysroot "\${bin%/*}" "$@"\n`;
  writeFileSync(join(bin, "rustc"), script);
  chmodSync(join(bin, "rustc"), 0o755);
  for (const name of ["cargo", "cargo-clippy", "clippy-driver", "rustdoc"]) {
    if (existsSync(join(dirname(rustc), name))) symlinkSync(join(DISTRIBUTION, name), join(bin, name));
  }
}

// Finds or installs a Rust toolchain that builds for wasm32-unknown-unknown. The first possible of these is used:
//
//   1. the rustc on PATH, if it has the target and is not older than `rust-version` of Cargo.toml;
//   2. such a rustc without the target, after rustup has added the target, unless RUSTUP_AUTO_INSTALL=0 forbids the download;
//   3. the toolchain of the Linux distribution, installed with apt. Its standard library is built for the target once, from
//      the source package, and stored in the cache. Only the packages of the system and the cache change.
//
// The toolchain builds only the Worker. Host builds (tests, lints, documents) use the toolchain on PATH.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { cached } from "./cache.mjs";
import { atLeast, CACHE, ROOT, rustVersion, TARGET, WASM_TARGET_FOLDER, which } from "./paths.mjs";
import { Failure } from "./steps.mjs";

const DISTRIBUTION = "/usr/bin";
// Debian has two versions of Rust: a current one, which is packaged for building browsers (`rustc-web`), and an older one.
const PACKAGE_SETS = [
  ["rustc-web", "cargo-web", "rust-web-src", "rust-web-clippy"],
  ["rustc", "cargo", "rust-src", "rust-clippy"],
];

/** Runs a short program. Returns its output, or null if it cannot be started or fails. */
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

// Without these options, the wasm file contains paths of this machine in the locations of panics.
const REMAP = [
  ["--remap-path-prefix", `${join(process.env.CARGO_HOME || join(homedir(), ".cargo"), "registry", "src")}=/registry`],
  ["--remap-path-prefix", `${ROOT}=/s3-edge-gateway`],
].flat();

/**
 * Returns a toolchain: its description, whether this call has installed it, additions to the environment of cargo and
 * wasm-bindgen, and flags of rustc for the target.
 */
const toolchain = (how, made, env = {}, rustflags = []) => ({ how, made, env, rustflags });

/** Resolves to a toolchain, which is installed if necessary. Rejects with all reasons if that is not possible. */
export async function wasmToolchain(step) {
  const wanted = rustVersion();
  const reasons = [];

  const own = describe("rustc");
  const fits = own && atLeast(own.version, wanted);
  if (!own) reasons.push("rustc is not on PATH");
  else if (!fits) reasons.push(`rustc on PATH is ${own.release}, older than ${wanted.join(".")}`);
  if (fits && hasTarget("rustc")) return toolchain(`rustc ${own.release}`, false);

  if (fits && which("rustup")) {
    if (process.env.RUSTUP_AUTO_INSTALL === "0") {
      reasons.push("RUSTUP_AUTO_INSTALL=0 forbids rustup to download the target");
    } else {
      step.note(`rustup target add ${TARGET}`);
      try {
        await step.run("rustup", ["target", "add", TARGET]);
        if (hasTarget("rustc")) return toolchain(`rustc ${own.release}, by rustup`, true);
        reasons.push("rustup added the target to another toolchain than that of the rustc on PATH");
      } catch (error) {
        reasons.push(`rustup could not add the target (${error.log})`);
      }
    }
  } else if (fits) {
    reasons.push("rustup is not on PATH");
  }

  const distribution = await distributionToolchain(step, wanted, reasons);
  if (distribution) return distribution;

  throw new Failure(
    [
      `no Rust toolchain for ${TARGET}: ${reasons.join("; ")}.`,
      "",
      "Do one of these:",
      `  1. Put a rustc ${wanted.join(".")} or newer with the target ${TARGET} first on PATH.`,
      `  2. Allow rustup to download, and run:  rustup target add ${TARGET}`,
      `  3. On Debian or Ubuntu, run as root:  apt-get install ${PACKAGE_SETS[0].join(" ")} lld-N`,
      "     N is the LLVM version in the output of /usr/bin/rustc -vV.",
    ].join("\n"),
  );
}

/** Returns the environment of cargo, clippy and wasm-bindgen for the Worker. */
export function wasmEnv({ env }, base = process.env) {
  return {
    ...base,
    CARGO_TARGET_DIR: WASM_TARGET_FOLDER,
    // The macro of wasm-bindgen then uses the futures of js-sys, as the `worker` crate does.
    WASM_BINDGEN_USE_JS_SYS: "1",
    // RUSTFLAGS would replace the flags of the target.
    RUSTFLAGS: undefined,
    ...env,
    PATH: env.PATH ? `${env.PATH}:${base.PATH ?? ""}` : base.PATH,
  };
}

/** Returns the options of cargo and clippy for the Worker. `--config` allows paths with spaces, and RUSTFLAGS does not. */
export const wasmArgs = ({ rustflags }) => [
  "--target",
  TARGET,
  "--config",
  `target.${TARGET}.rustflags=${JSON.stringify([...REMAP, ...rustflags])}`,
];

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

  const how = `the distribution's rustc ${found.release}`;
  if (hasTarget(rustc)) return toolchain(how, made, { PATH: DISTRIBUTION, ...linker(found) });
  if (!sourceOf(rustc)) {
    reasons.push("the distribution's package with the source of Rust's standard library is not installed");
    return null;
  }
  if (!linker(found)) {
    await apt(step, [`lld-${found.llvm}`], reasons);
    if (!linker(found)) return null;
  }
  // Increase the last number when `buildStandardLibrary` changes.
  const name = `wasm-rust/${found.release}-${createHash("sha256").update(found.text).digest("hex").slice(0, 12)}-2`;
  const sysroot = await cached(
    name,
    join(CACHE, "locks", "wasm-rust"),
    async (folder) => {
      made = true;
      await buildStandardLibrary(step, folder);
    },
    step.note,
  );
  return toolchain(how, made, { PATH: DISTRIBUTION, ...linker(found) }, ["--sysroot", sysroot]);
}

function sourceOf(rustc) {
  const sysroot = output(rustc, ["--print", "sysroot"]);
  const library = sysroot && join(sysroot, "lib", "rustlib", "src", "rust", "library");
  return library && existsSync(join(library, "std", "Cargo.toml")) ? library : null;
}

/**
 * Returns an object with the environment variable of the wasm linker. The object is empty if rustc has its own linker. Returns
 * null if no linker is installed. The distribution's rustc needs the linker of the same major version of LLVM.
 */
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
    reasons.push("apt-get is not on PATH");
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

/** Returns the command apt-get, with sudo if that is needed, or null if apt-get is missing or cannot be run as root. */
function aptCommand() {
  if (!which("apt-get")) return null;
  if (process.getuid?.() === 0) return ["apt-get"];
  return output("sudo", ["-n", "true"]) === null ? null : ["sudo", "-n", "apt-get"];
}

let updated = null;

async function aptUpdate(step, reasons) {
  const command = aptCommand();
  if (!command) {
    reasons.push("packages of the distribution can be installed only as root, and sudo needs a password or is missing");
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

/** Installs packages of the distribution. Resolves to whether they were installed. */
export async function apt(step, packages, reasons = []) {
  if (!(await aptUpdate(step, reasons))) return false;
  const [program, ...rest] = aptCommand() ?? [];
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

/** Creates a sysroot in `folder` with the standard library for the target, built from the source of the distribution. */
async function buildStandardLibrary(step, folder) {
  const rustc = join(DISTRIBUTION, "rustc");
  const work = join(folder, "work");
  mkdirSync(join(work, "src"), { recursive: true });
  writeFileSync(
    join(work, "Cargo.toml"),
    '[package]\nname = "nothing"\nversion = "0.0.0"\nedition = "2021"\n\n[workspace]\n',
  );
  writeFileSync(join(work, "src", "lib.rs"), "#![no_std]\n");
  const flags = [
    "-Cembed-bitcode=yes", // `lto = true` needs bitcode
    ...REMAP,
    "--remap-path-prefix",
    `${sourceOf(rustc)}=/rust/library`,
  ];
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
        CARGO_ENCODED_RUSTFLAGS: flags.join("\x1f"),
        CARGO_TARGET_DIR: join(work, "target"),
      },
    },
  );
  const built = join(work, "target", TARGET, "release", "deps");
  const library = join(folder, "lib", "rustlib", TARGET, "lib");
  mkdirSync(library, { recursive: true });
  for (const file of readdirSync(built)) {
    if (file.endsWith(".rlib") && !file.startsWith("libnothing-")) copyFileSync(join(built, file), join(library, file));
  }
  rmSync(work, { recursive: true, force: true });
}

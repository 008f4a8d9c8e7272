//! Embeds the API definition, JSON or YAML, in a form that is read quickly.
//!
//! The file is `api/openapi.json`, or that of the variable `API_DEFINITION_PATH`. What the document says is checked by
//! the crate itself when it loads; here only that it can be read.

use std::path::{Path, PathBuf};
use std::{env, fs, process};

#[path = "src/api/embedded/write.rs"]
mod embedded;
#[path = "src/check/yaml.rs"]
mod yaml;

fn main() {
    // The checker reads documents by itself, broken ones too.
    if env::var_os("CARGO_FEATURE_CHECK").is_some() {
        return;
    }
    println!("cargo::rerun-if-env-changed=API_DEFINITION_PATH");
    if let Err(fault) = embed() {
        println!("cargo::error={fault}");
        process::exit(1);
    }
}

fn embed() -> Result<(), String> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").map_err(|error| error.to_string())?);
    let path = match env::var("API_DEFINITION_PATH") {
        Ok(path) if !path.is_empty() => root.join(path),
        _ => the_only_one(&root)?,
    };
    println!("cargo::rerun-if-changed={}", path.display());
    let document = read(&path).map_err(|reason| format!("API definition {}: {reason}", path.display()))?;
    let out = PathBuf::from(env::var("OUT_DIR").map_err(|error| error.to_string())?).join("api.embedded");
    fs::write(&out, embedded::write(&document)).map_err(|error| format!("{}: {error}", out.display()))
}

/// `api/openapi.json`, `.yaml` or `.yml`: one of them, so that nobody deploys another than they think.
fn the_only_one(root: &Path) -> Result<PathBuf, String> {
    let candidates =
        ["json", "yaml", "yml"].map(|extension| root.join("api/openapi").with_extension(extension));
    // The folder: for a file that is not there cargo would build anew each time.
    println!("cargo::rerun-if-changed={}", root.join("api").display());
    let there: Vec<PathBuf> = candidates.into_iter().filter(|path| path.exists()).collect();
    match there.as_slice() {
        [path] => Ok(path.clone()),
        [] => Err("there is no api/openapi.json, and API_DEFINITION_PATH names no other file".to_owned()),
        [first, second, ..] => Err(format!(
            "there are {} and {}: remove the one that is not meant, or name the other with API_DEFINITION_PATH",
            first.display(),
            second.display()
        )),
    }
}

fn read(path: &Path) -> Result<serde_json::Value, String> {
    let text = fs::read_to_string(path).map_err(|error| error.to_string())?;
    let is_yaml = path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
    if is_yaml {
        let document = yaml::from_str(&text).map_err(|error| match yaml::excess(&error) {
            Some((message, instead)) => format!("{message}: {instead}"),
            None => format!("not YAML: {error}"),
        })?;
        // It must not be deeper than JSON may be.
        return serde_json::from_str(&document.to_string()).map_err(|error| format!("as JSON: {error}"));
    }
    serde_json::from_str(&text).map_err(|error| format!("not JSON: {error}"))
}

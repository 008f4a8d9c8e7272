//! The compiled form, `api.bin`: files that this version reads, and files that it refuses.

#![expect(clippy::unwrap_used, reason = "clippy checks the helper functions of tests as production code")]

use std::path::{Path, PathBuf};

use s3_edge_gateway::api::compiled::{CompiledError, FORMAT, decode, decode_content, encode};
use s3_edge_gateway_compiler::api_of;

/// Documents that together have every type below `Api`.
const DOCUMENTS: [&str; 4] = ["every-extension.json", "validators.json", "mock.json", "http.json"];

fn path(folder: &str, name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder).join(name)
}

fn compiled(name: &str) -> Vec<u8> {
    encode(&api_of(&std::fs::read(path("documents", name)).unwrap()).unwrap()).unwrap()
}

/// Returns the checksum and the API of a compiled form: the bytes after the compiler's version.
fn after_version(bytes: &[u8]) -> Option<&[u8]> {
    let (length, rest) = bytes.get(6..)?.split_first()?;
    rest.get(usize::from(*length)..)
}

/// Fails if a change of a type below `Api` changes the compiled form of the documents.
#[test]
fn files_of_this_format_are_read_and_written_unchanged() {
    for name in DOCUMENTS {
        let file = path("vectors/compiled", &name.replace(".json", &format!(".{FORMAT}.bin")));
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&file, compiled(name)).unwrap();
        }
        let bytes = std::fs::read(&file).unwrap_or_default();
        let advice =
            "a type below `Api` changed. Raise FORMAT, then run `UPDATE=1 cargo test --test compiled_form`.";
        let api = decode(&bytes).unwrap_or_else(|error| {
            panic!("{}: {error}. If the file was not damaged, {advice}", file.display())
        });
        let again = encode(&api).unwrap();
        assert!(after_version(&again) == after_version(&bytes), "{}: {advice}", file.display());
    }
}

#[test]
fn an_encoded_api_is_decoded_to_the_same_api() {
    for name in DOCUMENTS {
        let api = api_of(&std::fs::read(path("documents", name)).unwrap()).unwrap();
        let decoded = decode(&encode(&api).unwrap()).unwrap();
        assert_eq!(format!("{decoded:?}"), format!("{api:?}"), "{name}");
    }
}

#[test]
fn the_error_of_a_damaged_file_or_another_format_has_the_remedy() {
    let bytes = compiled("every-extension.json");
    for length in 0..bytes.len() {
        let error = decode(bytes.get(..length).unwrap()).unwrap_err();
        assert!(error.to_string().contains("npm run build"), "{length}: {error}");
    }
    let changed = |at: usize, byte: u8| {
        let mut bytes = bytes.clone();
        *bytes.get_mut(at).unwrap() ^= byte;
        decode(&bytes).unwrap_err()
    };
    assert_eq!(changed(0, 1), CompiledError::NotCompiled);
    assert!(matches!(changed(4, 1), CompiledError::Version { .. }));
    let version = changed(4, 1).to_string();
    assert!(
        version.starts_with("the file was compiled by ") && version.contains("this Worker is"),
        "{version}"
    );
    assert!(matches!(changed(bytes.len() - 1, 0x80), CompiledError::Damaged(_)));
    let trailing = [bytes.as_slice(), b"x"].concat();
    assert!(decode(&trailing).is_err());
}

#[test]
fn a_changed_byte_causes_no_panic() {
    let bytes = compiled("validators.json");
    for at in 0..bytes.len() {
        for byte in [0, 0x7f, 0xff] {
            let mut content = bytes.get(20..).unwrap_or_default().to_vec();
            if let Some(place) = content.get_mut(at) {
                *place = byte;
            }
            let _ = decode_content(&content);
        }
    }
}

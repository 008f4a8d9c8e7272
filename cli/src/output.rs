//! Writes `api.bin` atomically, so that a reader never sees a part of it.

use std::fs::{self, File, Permissions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::outcome::Failure;

/// The path of the file to write, which has been checked.
#[derive(Debug)]
pub(crate) struct Target {
    /// The path as it was written, for messages.
    shown: String,
    /// The path of the file. If the file exists, symbolic links are resolved.
    path: PathBuf,
}

impl Target {
    /// Checks a path before the compilation. `read` are the files that the command reads.
    ///
    /// # Errors
    /// Returns an error if the path is `-` or has no file name, if it is a link to a missing file, if it exists but is not a
    /// regular file or cannot be examined, or if the command also reads the file.
    pub(crate) fn new(path: &Path, read: &[&Path]) -> Result<Self, Failure> {
        let shown = path.display().to_string();
        let refuse = |reason: &str| Err(Failure(format!("--output {shown}: {reason}")));
        if shown == "-" {
            return refuse(
                "The output cannot be the standard output. Write the name of a file, for example `-o api.bin`.",
            );
        }
        match fs::metadata(path) {
            Ok(found) if found.is_dir() => {
                return refuse(&format!(
                    "This is a folder. Write the name of a file, for example `-o {}`.",
                    path.join("api.bin").display()
                ));
            }
            Ok(found) if !found.is_file() => {
                return refuse(
                    "This is not a regular file. Write the name of a file, for example `-o api.bin`.",
                );
            }
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {
                if let Ok(target) = fs::read_link(path) {
                    return refuse(&format!(
                        "This is a symbolic link to {}, which does not exist. Write the name of that file, or remove the link.",
                        target.display()
                    ));
                }
            }
            Err(error) => return refuse(&format!("The file cannot be written: {error}.")),
        }
        if path.file_name().is_none() {
            return refuse("This is not the name of a file. Write a name, for example `-o api.bin`.");
        }
        let resolved = fs::canonicalize(path);
        if let Ok(resolved) = &resolved
            && read.iter().any(|other| fs::canonicalize(other).is_ok_and(|other| other == *resolved))
        {
            return refuse("The command also reads this file. Write another name, for example `-o api.bin`.");
        }
        Ok(Self { shown, path: resolved.unwrap_or_else(|_| path.to_owned()) })
    }

    /// Writes a temporary file in the same folder and renames it, with the permissions of the old file.
    ///
    /// # Errors
    /// Returns an error if the file cannot be written, for example because the folder is missing. The old file does not change
    /// then.
    pub(crate) fn write(&self, bytes: &[u8]) -> Result<(), Failure> {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let temporary = self.path.with_file_name(format!(".{name}.{}.tmp", std::process::id()));
        let permissions = fs::metadata(&self.path).ok().map(|old| old.permissions());
        let written =
            write_new(&temporary, bytes, permissions).and_then(|()| fs::rename(&temporary, &self.path));
        written.map_err(|error| {
            let _ = fs::remove_file(&temporary);
            let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
            let folder = folder.unwrap_or(Path::new("."));
            let remedy = match error.kind() {
                ErrorKind::NotFound => {
                    format!(
                        "The folder {} does not exist. Create it, or write to another folder.",
                        folder.display()
                    )
                }
                ErrorKind::PermissionDenied => format!(
                    "The user has no permission to write to the folder {}. Change its permissions, or write to another folder.",
                    folder.display()
                ),
                _ => format!("The file cannot be written: {error}."),
            };
            Failure(format!("--output {}: {remedy}", self.shown))
        })
    }

    /// Returns the path as it was written.
    pub(crate) fn shown(&self) -> &str {
        &self.shown
    }
}

fn write_new(path: &Path, bytes: &[u8], permissions: Option<Permissions>) -> io::Result<()> {
    let mut file = File::create(path)?;
    if let Some(permissions) = permissions {
        file.set_permissions(permissions)?;
    }
    file.write_all(bytes)?;
    file.sync_all()
}

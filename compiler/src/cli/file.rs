//! Reading and writing of the files that options name. Files are replaced atomically.

use super::Failure;
use crate::load;
use serde::{Deserialize, Serialize};
use std::fs::{self, File, Permissions};
use std::io::{self, ErrorKind, Write};
use std::path::Path;
use tempfile::{Builder, NamedTempFile};

/// Paths that name open files, which must be written to and cannot be replaced.
const OPEN: [&str; 4] = ["/dev/stdout", "/dev/stderr", "/dev/fd", "/proc"];

/// The text of a file.
pub fn read(path: &Path) -> Result<String, Failure> {
    load::read_text(path).map_err(|error| unread(path, &error))
}

/// The bytes of a file.
pub fn read_bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    load::read_bytes(path).map_err(|error| unread(path, &error))
}

/// The text of a JSON file written by `nexusc`, which has a version, or why it is not one.
///
/// Errors in such a file may quote its text. Errors in any other, which may hold a password, may not.
pub fn read_written(path: &Path) -> Result<Result<String, String>, Failure> {
    #[derive(Deserialize)]
    struct Written {
        #[serde(rename = "version")]
        _version: serde_json::Number,
    }
    let text = read(path)?;
    Ok(match serde_json::from_str::<Written>(&text) {
        Ok(_) => Ok(text),
        Err(error) if error.is_data() => Err("not a JSON object with a number `version`".to_owned()),
        Err(error) => Err(error.to_string()),
    })
}

/// Replaces a file atomically. Refuses a symbolic link: its target was not named.
pub fn rewrite(path: &Path, text: &str) -> Result<(), Failure> {
    let found = fs::symlink_metadata(path).map_err(|error| unwritten(path, &error))?;
    if found.is_symlink() {
        return Err(unwritten(path, &io::Error::other("it is a symbolic link"))
            .help("pass the file that it links to"));
    }
    replace_at_once(path, text, Some(found.permissions())).map_err(|error| unwritten(path, &error))
}

/// Creates a file or replaces it atomically. A symbolic link to a file is kept, an existing file keeps its permissions,
/// and to anything but a regular file, such as a pipe, the text is written directly.
pub fn replace(path: &Path, text: &str) -> Result<(), Failure> {
    let written = || match fs::metadata(path) {
        _ if OPEN.iter().any(|open| path.starts_with(open)) => fs::write(path, text),
        Ok(held) if held.is_file() => {
            replace_at_once(&fs::canonicalize(path)?, text, Some(held.permissions()))
        }
        Err(error) if error.kind() == ErrorKind::NotFound && !path.is_symlink() => {
            replace_at_once(path, text, None)
        }
        Ok(_) | Err(_) => fs::write(path, text),
    };
    written().map_err(|error| unwritten(path, &error))
}

/// Replaces a plan file that exists by a text that is no plan. A policy is not replaced.
pub fn invalidate_plan(path: &Path, text: &str) -> Result<(), Failure> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if name.ends_with(".hcl") || name.ends_with(".nexus.json") {
        let message = format!("`--out {}` has the name of a policy file", path.display());
        return Err(Failure::new(message).help("pass another name, such as `plan.json`"));
    }
    let is_open = OPEN.iter().any(|open| path.starts_with(open));
    match fs::metadata(path) {
        Ok(found) if found.is_file() && !is_open => replace(path, text),
        Ok(_) | Err(_) => Ok(()),
    }
}

/// Creates a file. Never overwrites an existing one.
pub fn create(path: &Path, text: &str) -> Result<(), Failure> {
    create_whole(path, text).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => unwritten(path, &error).help("pass a path that does not exist yet"),
        _ => unwritten(path, &error),
    })
}

/// A value as the text of a JSON file.
pub fn pretty(json: &impl Serialize) -> Result<String, Failure> {
    crate::json::pretty(json).map_err(|error| Failure::new(format!("cannot write as JSON: {error}")))
}

fn replace_at_once(path: &Path, text: &str, permissions: Option<Permissions>) -> io::Result<()> {
    if permissions.as_ref().is_some_and(Permissions::readonly) {
        return Err(io::Error::other("it is read-only"));
    }
    temporary(path, text, permissions)?.persist(path)?;
    Ok(())
}

fn create_whole(path: &Path, text: &str) -> io::Result<()> {
    if fs::symlink_metadata(path).is_ok() {
        return Err(ErrorKind::AlreadyExists.into());
    }
    temporary(path, text, None)?.persist_noclobber(path)?;
    Ok(())
}

/// The text in a temporary file in the folder of `path`, with the given permissions or those of a new file.
fn temporary(path: &Path, text: &str, permissions: Option<Permissions>) -> io::Result<NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let mut file = Builder::new().make_in(folder, |path| File::create_new(path))?;
    if let Some(permissions) = permissions {
        file.as_file().set_permissions(permissions)?;
    }
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    Ok(file)
}

fn unread(path: &Path, error: &io::Error) -> Failure {
    Failure::new(format!("cannot read `{}`: {error}", path.display()))
}

fn unwritten(path: &Path, error: &io::Error) -> Failure {
    Failure::new(format!("cannot write `{}`: {error}", path.display()))
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_file_is_replaced_atomically_and_keeps_its_permissions() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("a"), folder.path().join("link"));
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        symlink("a", &link).unwrap();
        let held = File::open(&path).unwrap();
        replace(&link, "new").unwrap();
        assert_eq!(io::read_to_string(held).unwrap(), "old", "an open file keeps its content");
        assert_eq!((read(&path).unwrap().as_str(), mode(&path), link.is_symlink()), ("new", 0o640, true));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "no temporary file is left");
    }

    #[test]
    fn a_new_file_has_the_permissions_of_any_other() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("usual"), "").unwrap();
        replace(&at("replaced"), "x").unwrap();
        create(&at("created"), "x").unwrap();
        assert_eq!([mode(&at("replaced")), mode(&at("created"))], [mode(&at("usual")); 2]);
        let refused = create(&at("created"), "y").unwrap_err();
        assert!(refused.help.is_some_and(|help| help.contains("does not exist yet")));
        symlink("nowhere", at("link")).unwrap();
        replace(&at("link"), "through").unwrap();
        assert_eq!(
            (read(&at("created")).unwrap(), read(&at("nowhere")).unwrap()),
            ("x".into(), "through".into())
        );
    }

    #[test]
    fn pipes_and_open_files_are_written_to() {
        use std::os::fd::AsRawFd;
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let reader = pipe.clone();
        let reader = std::thread::spawn(move || fs::read_to_string(reader).unwrap());
        replace(&pipe, "through").unwrap();
        assert_eq!(reader.join().unwrap(), "through");
        let open = tempfile::tempfile().unwrap();
        replace(Path::new(&format!("/dev/fd/{}", open.as_raw_fd())), "there").unwrap();
        assert_eq!(io::read_to_string(open).unwrap(), "there");
        replace(Path::new("/dev/null"), "away").unwrap();
    }
}

//! Reading and writing of the files that options name. Files are replaced atomically.

use super::Failure;
use crate::{load, syntax};
use serde::{Deserialize, Serialize};
use std::fs::{self, File, Metadata};
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
    read(path).map(written)
}

/// The text of a JSON file written by `nexusc`, or why it is not one.
pub fn written(text: String) -> Result<String, String> {
    #[derive(Deserialize)]
    struct Written {
        #[serde(rename = "version")]
        _version: serde_json::Number,
    }
    match serde_json::from_str::<Written>(&text) {
        Ok(_) => Ok(text),
        Err(error) if error.is_data() => Err("not a JSON object with a number `version`".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// Replaces the text of a file, which was read before, atomically. The file keeps its permissions and its owner.
///
/// Refuses a symbolic link, as its target was not named; a file with further names, which would keep the old text, since
/// writing in place would lose text when interrupted; and a file that was changed since it was read.
pub fn rewrite(path: &Path, read: &str, text: &str) -> Result<(), Failure> {
    let refuse = |why: &str, help: &str| Err(unwritten(path, &io::Error::other(why)).help(help));
    let found = fs::symlink_metadata(path).map_err(|error| unwritten(path, &error))?;
    if found.is_symlink() {
        return refuse("it is a symbolic link", "pass the file that it links to");
    }
    if !found.is_file() {
        return refuse("it is not a regular file", "format it with `nexusc fmt -`");
    }
    if owner::links(&found) > 1 {
        let help = "replace the hard link by a copy, or format it with `nexusc fmt -`";
        return refuse("it has further hard links, which would keep the old text", help);
    }
    let rewritten = || {
        let file = replacement(path, text, Some(&found))?;
        // As late as possible: what is written to the file from here on is lost.
        if fs::read(path)? != read.as_bytes() {
            return Ok(false);
        }
        file.persist(path)?;
        Ok(true)
    };
    match rewritten() {
        Ok(true) => Ok(()),
        Ok(false) => refuse("it was changed while it was formatted", "run `nexusc fmt` again"),
        Err(error) => Err(unwritten(path, &error)),
    }
}

/// Creates a file or replaces it atomically. A symbolic link to a file is kept, an existing file keeps its permissions,
/// and to anything but a regular file, such as a pipe, the text is written directly. A policy is not replaced.
pub fn replace(path: &Path, text: &str) -> Result<(), Failure> {
    replace_as("--out", path, text)
}

/// Like [`replace`], of a file that another option names.
pub fn replace_as(option: &str, path: &Path, text: &str) -> Result<(), Failure> {
    refuse_policy(option, path)?;
    let written = || match fs::metadata(path) {
        _ if OPEN.iter().any(|open| path.starts_with(open)) => fs::write(path, text),
        Ok(held) if held.is_file() => replace_at_once(&fs::canonicalize(path)?, text, Some(&held)),
        Err(error) if error.kind() == ErrorKind::NotFound && !path.is_symlink() => {
            replace_at_once(path, text, None)
        }
        Ok(_) | Err(_) => fs::write(path, text),
    };
    written().map_err(|error| unwritten(path, &error))
}

/// Refuses to write to a file that has the name of a policy, or that holds one.
fn refuse_policy(option: &str, path: &Path) -> Result<(), Failure> {
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let is_named = |path: &Path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        name.ends_with(".hcl") || name.ends_with(".nexus.json")
    };
    let why = if is_named(path) || is_named(&target) {
        "has the name of a policy file"
    } else if fs::metadata(path).is_ok_and(|found| found.is_file()) && holds_policy(path) {
        "holds a policy, which would be replaced"
    } else {
        return Ok(());
    };
    let message = format!("`{option} {}` {why}", path.display());
    Err(Failure::new(message).help("pass another name, such as `out.json`"))
}

/// Whether a file holds a policy rather than what `nexusc` wrote, which has a version.
fn holds_policy(path: &Path) -> bool {
    load::read_text(path).is_ok_and(|text| syntax::is_policy(&text) && !text.contains("\"version\":"))
}

/// Replaces a plan file that exists by a text that is no plan. A policy is not replaced.
pub fn invalidate_plan(path: &Path, text: &str) -> Result<(), Failure> {
    refuse_policy("--out", path)?;
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

fn replace_at_once(path: &Path, text: &str, held: Option<&Metadata>) -> io::Result<()> {
    replacement(path, text, held)?.persist(path)?;
    Ok(())
}

fn create_whole(path: &Path, text: &str) -> io::Result<()> {
    if fs::symlink_metadata(path).is_ok() {
        return Err(ErrorKind::AlreadyExists.into());
    }
    replacement(path, text, None)?.persist_noclobber(path)?;
    Ok(())
}

/// The text in a temporary file in the folder of `path`, with owner and permissions of the file that it replaces, else
/// those of a new file.
fn replacement(path: &Path, text: &str, held: Option<&Metadata>) -> io::Result<NamedTempFile> {
    if held.is_some_and(|held| held.permissions().readonly()) {
        return Err(io::Error::other("it is read-only"));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let mut file = Builder::new().make_in(folder, |path| File::create_new(path))?;
    if let Some(held) = held {
        owner::keep(file.as_file(), held)?;
        file.as_file().set_permissions(held.permissions())?;
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
mod owner {
    //! Owners and hard links of files.

    use std::fs::{File, Metadata};
    use std::io;
    use std::os::unix::fs::{MetadataExt, fchown};

    /// How many names a file has.
    pub fn links(found: &Metadata) -> u64 {
        found.nlink()
    }

    /// Gives a file the owner and the group of another, where they differ.
    pub fn keep(file: &File, held: &Metadata) -> io::Result<()> {
        let made = file.metadata()?;
        let user = (made.uid() != held.uid()).then(|| held.uid());
        let group = (made.gid() != held.gid()).then(|| held.gid());
        if user.is_none() && group.is_none() {
            return Ok(());
        }
        let refused = |error| io::Error::other(format!("it would get another owner or group: {error}"));
        fchown(file, user, group).map_err(refused)
    }
}

#[cfg(not(unix))]
mod owner {
    //! Owners and hard links of files, which only Unix shows.

    use std::fs::{File, Metadata};
    use std::io;

    pub fn links(_: &Metadata) -> u64 {
        1
    }

    pub fn keep(_: &File, _: &Metadata) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::Permissions;
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

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
    fn formatting_keeps_owner_links_and_edits_of_others() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.nexus.hcl");
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        let is_root = std::os::unix::fs::chown(&path, Some(1234), Some(4321)).is_ok();
        rewrite(&path, "old", "new").unwrap();
        let found = fs::metadata(&path).unwrap();
        assert_eq!((read(&path).unwrap().as_str(), mode(&path)), ("new", 0o640));
        assert!(!is_root || (found.uid(), found.gid()) == (1234, 4321));
        let refused = rewrite(&path, "old", "newer").unwrap_err().to_string();
        assert!(refused.ends_with("it was changed while it was formatted"), "{refused}");
        fs::hard_link(&path, folder.path().join("other")).unwrap();
        let refused = rewrite(&path, "new", "newer").unwrap_err().to_string();
        assert!(refused.contains("it has further hard links"), "{refused}");
        assert_eq!(read(&path).unwrap(), "new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "no temporary file is left");
    }

    #[test]
    fn a_policy_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let policy = "account { id = \"a2dd6\" }\n";
        for name in ["a.nexus.hcl", "A.NEXUS.HCL", "a.nexus.json", "plan.json"] {
            fs::write(at(name), policy).unwrap();
            for refused in [replace(&at(name), "x"), invalidate_plan(&at(name), "x")] {
                assert!(refused.unwrap_err().to_string().contains("policy"), "{name}");
            }
            assert_eq!(read(&at(name)).unwrap(), policy);
        }
        symlink("a.nexus.hcl", at("link")).unwrap();
        assert!(replace(&at("link"), "x").is_err() && replace(&at("new.hcl"), "x").is_err());
        fs::write(at("written"), "{\"version\":1,\"account\":{\"id\":\"a2dd6\"}}").unwrap();
        replace(&at("written"), "x").unwrap();
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

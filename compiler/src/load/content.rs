//! The one place where files are opened to be read. No more than a limit is read, and what was opened decides what a file
//! is, not what its name led to a moment before.

use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

/// The bytes of one file that are read at most.
pub const FILE_LIMIT: u64 = 64 << 20;

/// How long a pipe may have nobody who writes to it.
const WRITER_AFTER: Duration = Duration::from_secs(10);

/// What a name may lead to.
#[derive(Clone, Copy, Debug)]
pub(super) enum Accepted<'a> {
    /// A regular file, by way of links too.
    Regular,
    /// A regular file below this directory, whose path is canonical: links lead nowhere else.
    Below(&'a Path),
    /// A pipe or a device too: `<(…)` and `/dev/stdin` are.
    Any,
}

/// The text of a file that an option names; a pipe will do.
///
/// # Errors
/// When it cannot be read, holds more than 64 MiB or is not UTF-8.
pub fn read_text(path: &Path) -> io::Result<String> {
    String::from_utf8(read_bytes(path)?)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not valid UTF-8"))
}

/// The bytes of a file that an option names.
///
/// # Errors
/// When it cannot be read or holds more than 64 MiB.
pub fn read_bytes(path: &Path) -> io::Result<Vec<u8>> {
    let bytes = read(path, FILE_LIMIT, Accepted::Any)?;
    if bytes.len() as u64 > FILE_LIMIT {
        return Err(io::Error::other(format!("it is larger than {} MiB", FILE_LIMIT >> 20)));
    }
    Ok(bytes)
}

/// At most one byte more than `room`.
pub(super) fn read(path: &Path, room: u64, accepted: Accepted) -> io::Result<Vec<u8>> {
    let found = fs::metadata(path)?;
    accept(&found, accepted)?;
    let file = if is_pipe(&found) { open_pipe(path)? } else { File::open(path)? };
    let opened = file.metadata()?;
    accept(&opened, accepted)?;
    if let Accepted::Below(directory) = accepted {
        let canonical = fs::canonicalize(path)?;
        if !canonical.starts_with(directory) || !is_same(&opened, &fs::symlink_metadata(&canonical)?) {
            return Err(io::Error::other("it leads elsewhere now"));
        }
    }
    let mut bytes = Vec::with_capacity(usize::try_from(opened.len().min(room)).unwrap_or(0) + 1);
    file.take(room + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn accept(found: &Metadata, accepted: Accepted) -> io::Result<()> {
    match accepted {
        _ if found.is_dir() => Err(io::Error::other("it is a directory")),
        Accepted::Regular | Accepted::Below(_) if !found.is_file() => {
            Err(io::Error::other("it is not a regular file"))
        }
        _ => Ok(()),
    }
}

/// Opens a pipe, unless nobody ever writes to it. Opening waits for a writer, so that another thread has to do it.
fn open_pipe(path: &Path) -> io::Result<File> {
    let (opened, result) = mpsc::channel();
    let path = path.to_owned();
    std::thread::spawn(move || opened.send(File::open(path)));
    let nobody = |_| io::Error::other("it is a pipe, and nothing writes to it");
    result.recv_timeout(WRITER_AFTER).map_err(nobody)?
}

#[cfg(unix)]
fn is_pipe(found: &Metadata) -> bool {
    std::os::unix::fs::FileTypeExt::is_fifo(&found.file_type())
}

#[cfg(not(unix))]
fn is_pipe(_: &Metadata) -> bool {
    false
}

#[cfg(unix)]
fn is_same(opened: &Metadata, found: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (opened.dev(), opened.ino()) == (found.dev(), found.ino())
}

#[cfg(not(unix))]
fn is_same(_: &Metadata, found: &Metadata) -> bool {
    found.is_file()
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn no_more_than_the_limit_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let large = folder.path().join("large");
        File::create(&large).unwrap().set_len(600 << 20).unwrap();
        for path in [large.as_path(), Path::new("/dev/zero")] {
            assert_eq!(read_text(path).unwrap_err().to_string(), "it is larger than 64 MiB");
        }
        assert_eq!(read_text(folder.path()).unwrap_err().to_string(), "it is a directory");
        assert_eq!(read_text(Path::new("/dev/null")).unwrap(), "");
    }

    #[test]
    fn a_pipe_is_read_where_somebody_writes_to_it() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let refused = read(&pipe, 9, Accepted::Regular).unwrap_err();
        assert_eq!(refused.to_string(), "it is not a regular file");
        let writer = pipe.clone();
        let writer = std::thread::spawn(move || fs::write(writer, "through").unwrap());
        assert_eq!(read_text(&pipe).unwrap(), "through");
        writer.join().unwrap();
        assert_eq!(read_text(&pipe).unwrap_err().to_string(), "it is a pipe, and nothing writes to it");
    }

    #[test]
    fn what_was_opened_decides() {
        let folder = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(folder.path()).unwrap();
        let at = |name: &str| root.join(name);
        fs::create_dir(at("in")).unwrap();
        fs::write(at("in/a"), "a").unwrap();
        fs::write(at("out"), "secret").unwrap();
        symlink("a", at("in/near")).unwrap();
        symlink("../out", at("in/far")).unwrap();
        let (below, read) = (at("in"), |name: &str| read(&at(name), 9, Accepted::Below(&at("in"))));
        assert_eq!((read("in/a").unwrap(), read("in/near").unwrap()), (b"a".to_vec(), b"a".to_vec()));
        assert_eq!(read("in/far").unwrap_err().to_string(), "it leads elsewhere now");
        fs::rename(&below, at("moved")).unwrap();
        symlink("moved", &below).unwrap();
        assert!(read("in/a").is_err());
    }
}

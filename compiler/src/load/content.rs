//! The only place that opens files for reading. Reads up to a limit, and checks the opened file, not its path, so that a file
//! replaced in between cannot bypass the checks.

use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

/// The size limit of a file, in bytes.
pub const FILE_LIMIT: u64 = 64 << 20;

/// How long to wait for a writer of a pipe.
pub const WRITER_AFTER: Duration = Duration::from_secs(10);

/// How long to wait for the next bytes of a pipe or a device. A program behind a pipe may ask a person for a password.
pub const BYTES_AFTER: Duration = Duration::from_secs(300);

/// How many bytes of a pipe are read at once.
const CHUNK: usize = 1 << 16;

/// Which kinds of files are accepted.
#[derive(Clone, Copy, Debug)]
pub(super) enum Accepted<'a> {
    /// A regular file below this directory, whose path is canonical, or a symbolic link to one.
    Below(&'a Path),
    /// Also a pipe or a device, such as `<(…)` and `/dev/stdin`.
    Any,
}

/// The text of a file or pipe that an option names.
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

/// Reads at most one byte more than `room`.
pub(super) fn read(path: &Path, room: u64, accepted: Accepted) -> io::Result<Vec<u8>> {
    let found = fs::metadata(path)?;
    accept(&found, accepted)?;
    let file = if is_pipe(&found) { open_pipe(path)? } else { File::open(path)? };
    let opened = file.metadata()?;
    if !opened.is_file() {
        accept(&opened, accepted)?;
        return read_stream(file, room, BYTES_AFTER);
    }
    accept(&opened, accepted)?;
    if let Accepted::Below(directory) = accepted {
        let canonical = fs::canonicalize(path)?;
        if !canonical.starts_with(directory) || !is_same(&opened, &fs::symlink_metadata(&canonical)?) {
            return Err(io::Error::other("the link changed while it was read"));
        }
    }
    let mut bytes = Vec::with_capacity(usize::try_from(opened.len().min(room)).unwrap_or(0) + 1);
    file.take(room + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn accept(found: &Metadata, accepted: Accepted) -> io::Result<()> {
    match accepted {
        _ if found.is_dir() => Err(io::Error::other("it is a directory")),
        Accepted::Below(_) if !found.is_file() => Err(io::Error::other("it is not a regular file")),
        _ => Ok(()),
    }
}

/// Opens a pipe, with a timeout. Opening blocks until there is a writer, so another thread does it.
fn open_pipe(path: &Path) -> io::Result<File> {
    let (opened, result) = mpsc::channel();
    let path = path.to_owned();
    std::thread::spawn(move || opened.send(File::open(path)));
    let no_writer = |_| io::Error::other("it is a pipe without a writer");
    result.recv_timeout(WRITER_AFTER).map_err(no_writer)?
}

/// Reads from a pipe or a device, at most one byte more than `room`, with a timeout for each read.
fn read_stream(file: impl Read + Send + 'static, room: u64, timeout: Duration) -> io::Result<Vec<u8>> {
    let (send, received) = mpsc::sync_channel(1);
    std::thread::spawn(move || {
        let mut file = file.take(room + 1);
        loop {
            let mut chunk = vec![0; CHUNK];
            let read = match file.read(&mut chunk) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                read => read,
            };
            let read = read.map(|count| {
                chunk.truncate(count);
                chunk
            });
            let is_last = read.as_ref().map_or(true, Vec::is_empty);
            if send.send(read).is_err() || is_last {
                return;
            }
        }
    });
    let mut bytes = Vec::new();
    loop {
        let silent = |_| io::Error::other(format!("nothing was written to it for {} s", timeout.as_secs()));
        let chunk = received.recv_timeout(timeout).map_err(silent)??;
        if chunk.is_empty() {
            return Ok(bytes);
        }
        bytes.extend(chunk);
    }
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
    fn a_pipe_with_a_writer_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let refused = read(&pipe, 9, Accepted::Below(folder.path())).unwrap_err();
        assert_eq!(refused.to_string(), "it is not a regular file");
        let writer = pipe.clone();
        let writer = std::thread::spawn(move || fs::write(writer, "through").unwrap());
        assert_eq!(read_text(&pipe).unwrap(), "through");
        writer.join().unwrap();
        assert_eq!(read_text(&pipe).unwrap_err().to_string(), "it is a pipe without a writer");
    }

    #[test]
    fn a_silent_pipe_is_given_up() {
        let (reader, _writer) = io::pipe().unwrap();
        let silent = read_stream(reader, 9, Duration::from_millis(50)).unwrap_err();
        assert!(silent.to_string().starts_with("nothing was written to it"), "{silent}");
    }

    #[test]
    fn checks_the_opened_file() {
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
        assert_eq!(read("in/far").unwrap_err().to_string(), "the link changed while it was read");
        fs::rename(&below, at("moved")).unwrap();
        symlink("moved", &below).unwrap();
        assert!(read("in/a").is_err());
    }
}

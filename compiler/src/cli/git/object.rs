//! Objects of a Git repository: what a tree lists, and the contents of files.

use super::git;
use crate::load::{FILE_LIMIT, TOTAL_LIMIT};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Stdio};
use std::thread::JoinHandle;

/// The most bytes of a list of a tree.
const LIST_LIMIT: u64 = 256 << 20;

/// Why an object cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ObjectError {
    /// The repository lacks it.
    #[error("the clone lacks the object {0}")]
    Missing(String),
    /// A tree is too large.
    #[error("the folder lists more than {} MiB of names", LIST_LIMIT >> 20)]
    TooLarge,
    /// `git` said something else.
    #[error("{0}")]
    Git(String),
    /// `git` could not be run.
    #[error("cannot run `git`: {0}")]
    Io(#[from] std::io::Error),
}

/// One entry of a tree.
#[derive(Clone, Debug)]
pub struct Entry {
    mode: String,
    /// The id of the object.
    pub id: String,
    /// Whether it is a folder.
    pub is_folder: bool,
}

impl Entry {
    /// Whether it is a file.
    pub fn is_file(&self) -> bool {
        self.mode.starts_with("100")
    }

    /// Whether it is a symbolic link.
    pub fn is_link(&self) -> bool {
        self.mode == "120000"
    }

    /// Whether it is a commit of another repository.
    pub fn is_submodule(&self) -> bool {
        self.mode == "160000"
    }
}

/// What stands at a path of a commit, the path from the top level.
pub fn entry(commit: &str, path: &str) -> Result<Option<Entry>, ObjectError> {
    if path.is_empty() {
        let id = format!("{commit}^{{tree}}");
        return Ok(Some(Entry { mode: "040000".to_owned(), id, is_folder: true }));
    }
    let found = listed(&["-z", "--full-tree", commit, "--", path])?;
    Ok(found.into_iter().find(|(at, _)| at == Path::new(path)).map(|(_, entry)| entry))
}

/// Everything below a tree, by the path from there.
pub fn list(tree: &str) -> Result<BTreeMap<PathBuf, Entry>, ObjectError> {
    Ok(listed(&["-r", "-z", "--full-tree", tree])?.into_iter().collect())
}

fn listed(arguments: &[&str]) -> Result<Vec<(PathBuf, Entry)>, ObjectError> {
    let mut child =
        git().arg("ls-tree").args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let complaints = child.stderr.take().map(|mut stderr| {
        std::thread::spawn(move || {
            let mut text = Vec::new();
            // What cannot be read of it is not shown.
            let _ = stderr.by_ref().take(1 << 16).read_to_end(&mut text);
            let _ = std::io::copy(&mut stderr, &mut std::io::sink());
            text
        })
    });
    let mut bytes = Vec::new();
    if let Some(stdout) = child.stdout.take() {
        stdout.take(LIST_LIMIT + 1).read_to_end(&mut bytes)?;
    }
    if bytes.len() as u64 > LIST_LIMIT {
        let _ = child.kill();
        let _ = child.wait();
        return Err(ObjectError::TooLarge);
    }
    let status = child.wait()?;
    let complaints = complaints.and_then(|thread| thread.join().ok()).unwrap_or_default();
    if !status.success() {
        return Err(refused(&String::from_utf8_lossy(&complaints)));
    }
    Ok(bytes.split(|byte| *byte == 0).filter_map(parsed).collect())
}

/// `100644 blob 0123…<TAB>path`
fn parsed(line: &[u8]) -> Option<(PathBuf, Entry)> {
    let tab = line.iter().position(|byte| *byte == b'\t')?;
    let head = std::str::from_utf8(line.get(..tab)?).ok()?;
    let mut words = head.split_ascii_whitespace();
    let (mode, kind, id) = (words.next()?, words.next()?, words.next()?);
    let entry = Entry { mode: mode.to_owned(), id: id.to_owned(), is_folder: kind == "tree" };
    Some((path_of(line.get(tab + 1..)?), entry))
}

#[cfg(unix)]
fn path_of(name: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    PathBuf::from(std::ffi::OsStr::from_bytes(name))
}

#[cfg(not(unix))]
fn path_of(name: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(name).into_owned())
}

/// What the text of `git` means.
fn refused(text: &str) -> ObjectError {
    let words: Vec<_> = text.split_whitespace().collect();
    let is_id = |word: &&&str| word.len() >= 40 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let lacks = text.contains("promisor") || text.contains("lazy fetching");
    match words.iter().find(is_id).filter(|_| lacks) {
        Some(id) => ObjectError::Missing((**id).to_owned()),
        None => {
            let first = text.lines().next().unwrap_or("it failed").trim_start_matches("fatal: ");
            ObjectError::Git(format!("git: {first}"))
        }
    }
}

/// The sizes and contents of files, in their order. What is larger than a policy may be has no content.
pub fn contents(ids: &[&str]) -> Result<Vec<(u64, Vec<u8>)>, ObjectError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut check = Batch::start("--batch-check", ids)?;
    let mut sizes = Vec::new();
    for id in ids {
        sizes.push(check.header(id)?);
    }
    check.end();
    let mut room = TOTAL_LIMIT;
    let is_wanted: Vec<_> = sizes
        .iter()
        .map(|size| {
            let is_wanted = *size <= FILE_LIMIT.min(room);
            room -= if is_wanted { *size } else { 0 };
            is_wanted
        })
        .collect();
    let wanted: Vec<_> = ids.iter().zip(&is_wanted).filter(|(_, is)| **is).map(|(id, _)| *id).collect();
    let mut batch = Batch::start("--batch", &wanted)?;
    let mut contents = Vec::new();
    for ((id, size), is_wanted) in ids.iter().zip(sizes).zip(is_wanted) {
        let content = if is_wanted { batch.content(id)? } else { Vec::new() };
        contents.push((size, content));
    }
    batch.end();
    Ok(contents)
}

/// A `git cat-file` that is asked for objects.
struct Batch {
    child: Child,
    answers: Option<BufReader<ChildStdout>>,
    writer: Option<JoinHandle<()>>,
}

impl Batch {
    fn start(mode: &str, ids: &[&str]) -> Result<Self, ObjectError> {
        let mut git = git();
        git.args(["cat-file", mode]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = git.spawn()?;
        let asked: String = ids.iter().map(|id| format!("{id}\n")).collect();
        // The pipe of the answers may be full before all is asked.
        let writer = child.stdin.take().map(|mut stdin| {
            std::thread::spawn(move || {
                // Where `git` has ended, its answers are missing.
                let _ = stdin.write_all(asked.as_bytes());
            })
        });
        let answers = child.stdout.take().map(BufReader::new);
        Ok(Self { child, answers, writer })
    }

    /// The size of the next object, from `ID blob SIZE`.
    fn header(&mut self, id: &str) -> Result<u64, ObjectError> {
        let missing = || ObjectError::Missing(id.to_owned());
        let mut line = String::new();
        self.answers.as_mut().ok_or_else(missing)?.read_line(&mut line)?;
        let mut words = line.split_ascii_whitespace();
        match (words.next(), words.next(), words.next()) {
            (Some(_), Some("blob"), Some(size)) => size.parse().map_err(|_| missing()),
            _ => Err(missing()),
        }
    }

    fn content(&mut self, id: &str) -> Result<Vec<u8>, ObjectError> {
        let size = self.header(id)?;
        let missing = || ObjectError::Missing(id.to_owned());
        let answers = self.answers.as_mut().ok_or_else(missing)?;
        let mut content = Vec::new();
        answers.by_ref().take(size).read_to_end(&mut content)?;
        if content.len() as u64 != size {
            return Err(missing());
        }
        let mut end = [0];
        answers.read_exact(&mut end)?;
        Ok(content)
    }

    fn end(self) {
        drop(self);
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        // Without a reader it ends, and with it the thread that asks.
        self.answers.take();
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}

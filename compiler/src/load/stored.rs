//! The policy files in a tree that is not on the disk: that of a commit. They are found by the rules of the search on disk:
//! hidden files and folders are passed over, links within the folder are followed, those that lead out of it are refused.

use super::exclude::Exclusion;
use super::walk::{has_name_of_policy, is_hidden, is_policy};
use super::{Base, Excluded, Exclusions, FILE_LIMIT, LoadError, Reader, TOTAL_LIMIT, Unread, is_hcl_or_json};
use crate::diagnostic::Findings;
use crate::diagnostic::source::{FileId, Sources};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

/// What stands at one path of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoredEntry {
    /// A file, with the id of its content.
    File(String),
    /// A symbolic link, with its target as written.
    Link(Vec<u8>),
    /// The commit of another repository, whose files are not in this one.
    Submodule,
}

/// A folder of a tree.
#[derive(Clone, Debug)]
pub struct StoredFolder {
    /// Its name, such as `origin/main:policy`.
    pub name: String,
    /// What is in it, by the path from the folder.
    pub entries: BTreeMap<PathBuf, StoredEntry>,
    /// The links that lead to a file out of the folder. They are refused only where they have the name of a policy file.
    pub links_to_files: BTreeSet<PathBuf>,
}

/// A file of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredFile {
    /// Its name, such as `origin/main:policy/account.nexus.hcl`.
    pub name: String,
    /// Its path in the policy, with `/`.
    pub in_policy: String,
    /// How many bytes it has.
    pub size: u64,
    /// The bytes; empty where it is larger than a policy may be.
    pub content: Vec<u8>,
}

/// The policy files of a folder: their paths in it, as found, and the ids of their contents.
pub type StoredNames = Vec<(PathBuf, String)>;

/// What `--exclude` leaves out of trees. Its paths are those of the policy on disk that lies `beside`.
pub struct StoredExclusion(Exclusion);

impl StoredExclusion {
    /// What is left out.
    #[must_use]
    pub fn of(exclusions: &Exclusions, beside: &[PathBuf]) -> Self {
        Self(exclusions.within(beside))
    }

    /// Whether a file that was named itself is left out.
    ///
    /// # Errors
    /// When it has no extension of a policy file.
    pub fn excludes_named(&mut self, name: &str) -> Result<bool, LoadError> {
        let path = Path::new(name);
        if !is_hcl_or_json(path) {
            return Err(LoadError::UnknownFormat { path: path.to_owned() });
        }
        Ok(self.0.excludes(Path::new(path.file_name().unwrap_or_default())))
    }

    /// What was left out.
    #[must_use]
    pub fn done(self) -> Excluded {
        self.0.done()
    }
}

impl StoredFolder {
    /// The policy files of the folder, sorted by path.
    ///
    /// # Errors
    /// When there is none, or something in the folder cannot be read.
    pub fn policy_files(&self, exclusion: &mut StoredExclusion) -> Result<StoredNames, LoadError> {
        let mut walk = Walk { folder: self, exclusion: &mut exclusion.0, left_out: BTreeSet::new() };
        let (mut files, mut unread, mut linked) = (StoredNames::new(), Unread::Nothing, BTreeSet::new());
        let mut queue: Vec<_> = self.entries.iter().map(|(path, entry)| (path.clone(), entry)).collect();
        queue.reverse();
        while let Some((path, entry)) = queue.pop() {
            if let Some(hidden) = hidden_part(&path) {
                let is_read = has_name_of_policy(&path) || hidden != path;
                if is_read && unread == Unread::Nothing {
                    unread = Unread::Hidden(walk.shown(&hidden));
                }
                continue;
            }
            let may_be_read = !matches!(entry, StoredEntry::File(_)) || has_name_of_policy(&path);
            if walk.is_left_out(&path, may_be_read) {
                unread = Unread::Excluded;
                continue;
            }
            match entry {
                StoredEntry::File(content) if may_be_read => {
                    walk.check_name(&path)?;
                    files.push((path, content.clone()));
                }
                StoredEntry::File(_) => {}
                StoredEntry::Submodule => return Err(LoadError::Submodule { path: walk.shown(&path) }),
                StoredEntry::Link(target) => match walk.follow(&path, target)? {
                    Linked::Nothing => {}
                    Linked::File(content) => files.push((path, content)),
                    Linked::Folder(to) => {
                        // What the search finds anyway is not added.
                        if hidden_part(&to).is_some() && linked.insert(to.clone()) {
                            let below = self.entries.iter().filter_map(|(at, entry)| {
                                Some((path.join(at.strip_prefix(&to).ok()?), entry))
                            });
                            queue.extend(below);
                        }
                    }
                },
            }
        }
        if files.is_empty() {
            return Err(LoadError::NoPolicy { path: PathBuf::from(&self.name), unread });
        }
        files.sort();
        Ok(files)
    }
}

/// Where a link leads.
enum Linked {
    /// To nothing that is read.
    Nothing,
    /// To a file with this content.
    File(String),
    /// To a folder.
    Folder(PathBuf),
}

struct Walk<'a> {
    folder: &'a StoredFolder,
    exclusion: &'a mut Exclusion,
    /// The folders that are left out, each of which counts once.
    left_out: BTreeSet<PathBuf>,
}

/// How many links a path may lead through.
const LINKS_MOST: usize = 40;

impl Walk<'_> {
    /// Whether a file, or a folder that holds it, is left out.
    fn is_left_out(&mut self, path: &Path, may_be_read: bool) -> bool {
        let mut folders: Vec<_> = path.ancestors().skip(1).filter(|it| !it.as_os_str().is_empty()).collect();
        folders.reverse();
        for folder in folders {
            if self.left_out.contains(folder) {
                return true;
            }
            if self.exclusion.excludes(folder) {
                self.left_out.insert(folder.to_owned());
                return true;
            }
        }
        may_be_read && self.exclusion.excludes(path)
    }

    fn follow(&self, path: &Path, target: &[u8]) -> Result<Linked, LoadError> {
        let is_named = has_name_of_policy(path);
        let leads_out =
            || LoadError::LeadsOut { path: self.shown(path), directory: PathBuf::from(&self.folder.name) };
        let Some(to) = self.resolve(path, target) else {
            let is_ignored = !is_named && self.folder.links_to_files.contains(path);
            return if is_ignored { Ok(Linked::Nothing) } else { Err(leads_out()) };
        };
        if let Some(StoredEntry::File(content)) = self.folder.entries.get(&to) {
            let is_found = hidden_part(&to).is_none() && is_policy(&to);
            if !is_named || is_found {
                return Ok(Linked::Nothing);
            }
            self.check_name(path)?;
            return Ok(Linked::File(content.clone()));
        }
        let is_folder = to.as_os_str().is_empty() || self.folder.entries.keys().any(|at| at.starts_with(&to));
        match is_folder {
            true => Ok(Linked::Folder(to)),
            false if is_named => Err(LoadError::Broken { path: self.shown(path) }),
            false => Ok(Linked::Nothing),
        }
    }

    /// The path in the folder that a link leads to, through other links too; `None` where that is out of the folder.
    fn resolve(&self, path: &Path, target: &[u8]) -> Option<PathBuf> {
        let mut links = 0;
        let (mut at, mut parts) = (PathBuf::new(), parts_of(target)?);
        let parent: Vec<_> = path.parent().into_iter().flat_map(Path::iter).collect();
        parts.extend(parent.iter().rev().map(|part| part.to_string_lossy().into_owned()));
        while let Some(part) = parts.pop() {
            if part == ".." {
                if !at.pop() {
                    return None;
                }
                continue;
            }
            at.push(&part);
            if let Some(StoredEntry::Link(target)) = self.folder.entries.get(&at) {
                links += 1;
                if links > LINKS_MOST {
                    // Links in a circle lead nowhere.
                    return Some(PathBuf::from("\0"));
                }
                at.pop();
                parts.extend(parts_of(target)?);
            }
        }
        Some(at)
    }

    /// Refuses a name that the reports and digests of a policy could not hold, and one that looks like that of a policy file.
    fn check_name(&self, path: &Path) -> Result<(), LoadError> {
        let reason = if path.to_str().is_none() {
            "its path is not UTF-8"
        } else if !is_policy(path) {
            "not in lower case"
        } else {
            return Ok(());
        };
        Err(LoadError::Misnamed { path: self.shown(path), reason })
    }

    fn shown(&self, path: &Path) -> PathBuf {
        PathBuf::from(joined(&self.folder.name, path))
    }
}

/// The components of a link's target, the last first; `None` for an absolute one.
fn parts_of(target: &[u8]) -> Option<Vec<String>> {
    let target = String::from_utf8_lossy(target).into_owned();
    let mut parts = Vec::new();
    for part in Path::new(&target).components() {
        match part {
            Component::Normal(part) => parts.push(part.to_string_lossy().into_owned()),
            Component::ParentDir => parts.push("..".to_owned()),
            Component::CurDir => {}
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    parts.reverse();
    Some(parts)
}

/// The path up to its first hidden part.
fn hidden_part(path: &Path) -> Option<PathBuf> {
    let parts: Vec<&OsStr> = path.iter().collect();
    let hidden = parts.iter().position(|part| is_hidden(part))?;
    Some(parts.iter().take(hidden + 1).collect())
}

/// The name of a file in a folder: `origin/main:policy/a.nexus.hcl`.
#[must_use]
pub fn joined(folder: &str, path: &Path) -> String {
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    let between = if folder.ends_with([':', '/']) { "" } else { "/" };
    format!("{folder}{between}{}", parts.join("/"))
}

/// Adds files of a tree to `sources`.
pub fn read_stored(files: Vec<StoredFile>, sources: &mut Sources, findings: &mut Findings) {
    let mut reader = Reader { base: Base::default(), ..Reader::new(sources, findings) };
    for StoredFile { name, in_policy, size, content } in files {
        let room = FILE_LIMIT.min(TOTAL_LIMIT - reader.total);
        if size > room {
            reader.refuse_size(name, room);
        } else {
            reader.total += size;
            reader.add(name, in_policy, content);
        }
    }
}

/// Adds a file of a tree that is not of the policy itself, such as one with values, to `sources`.
pub fn read_stored_file(file: StoredFile, sources: &mut Sources, findings: &mut Findings) -> FileId {
    let next = sources.next_id();
    read_stored(vec![file], sources, findings);
    super::hidden_characters(next, sources, findings);
    next
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(entries: &[(&str, StoredEntry)]) -> StoredFolder {
        let entries = entries.iter().map(|(path, entry)| (PathBuf::from(path), entry.clone())).collect();
        let links_to_files = [PathBuf::from("README")].into();
        StoredFolder { name: "main:p".to_owned(), entries, links_to_files }
    }

    fn file(content: &str) -> StoredEntry {
        StoredEntry::File(content.to_owned())
    }

    fn link(target: &str) -> StoredEntry {
        StoredEntry::Link(target.as_bytes().to_vec())
    }

    /// The paths found with their contents, or the error.
    fn found(entries: &[(&str, StoredEntry)], excluded: &[&str]) -> String {
        let excluded: Vec<_> = excluded.iter().map(ToString::to_string).collect();
        let mut exclusion = StoredExclusion::of(&Exclusions::new(&excluded), &[]);
        match folder(entries).policy_files(&mut exclusion) {
            Ok(files) => {
                let files = files.iter().map(|(path, content)| format!("{}={content} ", path.display()));
                let text: String = files.collect();
                let Excluded { count, unused } = exclusion.done();
                if excluded.is_empty() { text } else { format!("{text}{count} {unused:?}") }
            }
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn finds_what_the_search_on_disk_finds() {
        let entries = [
            ("a.nexus.hcl", file("1")),
            ("b.hcl", file("2")),
            ("sub/c.nexus.json", file("3")),
            (".git/d.nexus.hcl", file("4")),
            ("sub/.e.nexus.hcl", file("5")),
        ];
        assert_eq!(found(&entries, &[]), "a.nexus.hcl=1 sub/c.nexus.json=3 ");
        assert_eq!(found(&entries, &["sub"]), "a.nexus.hcl=1 1 []");
        assert_eq!(found(&entries, &["sub/*", "x"]), "a.nexus.hcl=1 1 [\"x\"]");
        assert_eq!(
            found(&entries[1..2], &[]),
            "`main:p` has no policy files (`*.nexus.hcl`, `*.nexus.json`)"
        );
        assert!(found(&entries[3..4], &[]).contains("has no policy files"));
        let upper = [("a.nexus.hcl", file("1")), ("B.Nexus.hcl", file("2"))];
        assert_eq!(
            found(&upper, &[]),
            "`main:p/B.Nexus.hcl` has the name of a policy file, but not in lower case"
        );
        assert_eq!(found(&upper, &["B.*"]), "a.nexus.hcl=1 1 []");
    }

    #[test]
    fn follows_links_within_the_folder_and_no_others() {
        let policy = ("a.nexus.hcl", file("1"));
        let with = |path: &'static str, target| found(&[policy.clone(), (path, link(target))], &[]);
        assert_eq!(with("b.nexus.hcl", "a.nexus.hcl"), "a.nexus.hcl=1 ", "what is found anyway is not added");
        assert_eq!(with("b", "nowhere"), "a.nexus.hcl=1 ");
        assert_eq!(with("b.nexus.hcl", "nowhere"), "`main:p/b.nexus.hcl` is a symbolic link to nothing");
        assert_eq!(with("b.nexus.hcl", "b.nexus.hcl"), "`main:p/b.nexus.hcl` is a symbolic link to nothing");
        for target in ["/etc/passwd", "../out", "..", "sub/../../x"] {
            let refused = "`main:p/b.nexus.hcl` is a symbolic link out of `main:p`, which is not followed";
            assert_eq!(with("b.nexus.hcl", target), refused);
        }
        assert_eq!(with("README", "../README"), "a.nexus.hcl=1 ");
        assert!(with("LICENSE", "../..").contains("out of `main:p`"));
        let text = [policy.clone(), ("s/text", file("2")), ("s/b.nexus.hcl", link("text"))];
        assert_eq!(found(&text, &[]), "a.nexus.hcl=1 s/b.nexus.hcl=2 ");
        let through = [
            policy.clone(),
            (".h/c.nexus.hcl", file("2")),
            ("x", link("y")),
            ("y", link(".h")),
            ("z.nexus.hcl", link("x/c.nexus.hcl")),
        ];
        assert_eq!(found(&through, &["y"]), "a.nexus.hcl=1 x/c.nexus.hcl=2 z.nexus.hcl=2 1 []");
        let again = [policy, ("sub/again", link("..")), ("sub/b.nexus.hcl", file("2"))];
        assert_eq!(found(&again, &[]), "a.nexus.hcl=1 sub/b.nexus.hcl=2 ");
    }

    #[test]
    fn a_submodule_is_refused_unless_it_is_left_out() {
        let entries = [("a.nexus.hcl", file("1")), ("vendor/it", StoredEntry::Submodule)];
        assert_eq!(
            found(&entries, &[]),
            "`main:p/vendor/it` is a submodule, whose files are not in the repository"
        );
        assert_eq!(found(&entries, &["vendor"]), "a.nexus.hcl=1 1 []");
    }
}

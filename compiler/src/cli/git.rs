//! What Git knows of a policy: the commit that is checked out, and the policy at another revision.
//!
//! Objects are read with `git`, from the repository of the current folder. Nothing that a checkout configures is run: no
//! hook, filter, text conversion, pager, external diff or file system monitor. Nothing is fetched, and nothing is written.

mod object;

use super::Failure;
use super::approval::as_named;
use crate::language::suggest;
use crate::load::{
    Excluded, Exclusions, StoredEntry, StoredExclusion, StoredFile, StoredFolder, StoredNames, joined,
};
use object::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The commit that is checked out where a policy is, with `-dirty` where files of the checkout differ from it. `None` outside of
/// a checkout, and without `git`.
pub fn commit(policy: &[PathBuf]) -> Option<String> {
    let folder = policy
        .first()
        .map(|path| if path.is_dir() { path.as_path() } else { path.parent().unwrap_or(path) })?;
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let mut git = git();
    git.arg("-C").arg(folder).stderr(Stdio::null());
    // Files that may have changed are compared as they are, not as a filter of the checkout leaves them.
    for filter in own_filters(folder)? {
        git.args(["-c", &format!("{filter}=")]);
    }
    let told = git.args(["describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]).output().ok()?;
    let text = String::from_utf8(told.stdout).ok()?;
    let is_commit = |text: &str| {
        let hash = text.strip_suffix("-dirty").unwrap_or(text);
        matches!(hash.len(), 40 | 64) && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    Some(text.trim().to_owned()).filter(|text| told.status.success() && is_commit(text))
}

/// The programs that the configuration of a checkout itself names for filters, by their keys; `None` where one cannot be turned
/// off.
fn own_filters(folder: &Path) -> Option<Vec<String>> {
    let mut git = git();
    git.arg("-C").arg(folder).args(["config", "--show-scope", "--null", "--name-only", "--get-regexp"]);
    let told = git.arg(r"^filter\..*\.(clean|smudge|process)$").stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(told.stdout).ok()?;
    let words: Vec<_> = text.split_terminator('\0').collect();
    let pairs = words.chunks(2).filter_map(|pair| Some((*pair.first()?, *pair.get(1)?)));
    let own = pairs.filter(|(scope, _)| matches!(*scope, "local" | "worktree"));
    let keys: Vec<_> = own.map(|(_, key)| key.to_owned()).collect();
    keys.iter().all(|key| !key.contains('=')).then_some(keys)
}

/// `git`, which runs nothing else and fetches nothing.
fn git() -> Command {
    let mut git = Command::new("git");
    git.env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_NO_LAZY_FETCH", "1")
        // A Git that does not know the variable above would fetch what a partial clone lacks.
        .env("GIT_ALLOW_PROTOCOL", "none")
        .env("GIT_NO_REPLACE_OBJECTS", "1")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_LITERAL_PATHSPECS", "1")
        .env("LC_ALL", "C");
    git.args(["--no-pager", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"]);
    // A pull request may add a folder that looks like a repository.
    git.args(["-c", "safe.bareRepository=explicit"]);
    // A branch of a pull request may have the name of the base.
    git.args(["-c", "core.warnAmbiguousRefs=true"]).stdin(Stdio::null());
    git
}

fn run<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Result<Output, Failure> {
    git().args(arguments).output().map_err(|error| {
        let help = "install Git, or check the base out and name its folder";
        Failure::new(format!("cannot run `git`: {error}")).help(help)
    })
}

/// What `git` writes, without the line break at its end; `None` where it fails.
fn told<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Result<Option<String>, Failure> {
    let output = run(arguments)?;
    let text = String::from_utf8(output.stdout).ok().filter(|_| output.status.success());
    Ok(text.map(|text| text.trim_end_matches(['\n', '\r']).to_owned()))
}

/// The first line of what `git` says is wrong, and the lines that follow it.
fn complaint(output: &Output) -> (String, String) {
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let text = text.trim();
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let first = first.trim_start_matches("fatal: ").trim_start_matches("error: ");
    (first.to_owned(), rest.trim().to_owned())
}

/// The commit that a policy is compared with.
#[derive(Clone, Debug)]
pub struct Revision {
    /// The revision as written.
    given: String,
    /// The merge base of the revision and HEAD.
    commit: String,
    /// What the files of the commit are named by.
    name: String,
    /// The current folder from the top level, with `/` at its end; empty at the top level.
    prefix: String,
    /// The top level of the checkout.
    top: Option<PathBuf>,
    /// What is to be said about the revision.
    note: Option<String>,
}

/// How many digits of a commit are shown.
const SHOWN_DIGITS: usize = 12;

fn short(commit: &str) -> &str {
    commit.get(..SHOWN_DIGITS).unwrap_or(commit)
}

impl Revision {
    /// The merge base of a revision and HEAD.
    pub fn resolve(given: &str) -> Result<Self, Failure> {
        if given.starts_with('-') {
            return Err(Failure::new(format!("`{given}` is no revision: it begins with `-`")));
        }
        check_repository(given)?;
        let commit = commit_of(given)?;
        let head = told(["rev-parse", "--verify", "--quiet", "HEAD^{commit}"])?;
        let head = head.ok_or_else(|| Failure::new("`HEAD` has no commit yet to compare with"))?;
        let base = merge_base(given, &commit, &head)?;
        let is_ahead = base != commit;
        let note = if is_ahead { Some(ahead(given, &commit, &base)?) } else { None };
        let is_id = given.len() >= 40 && given.bytes().all(|byte| byte.is_ascii_hexdigit());
        let name = if is_ahead || is_id { short(&base) } else { given }.to_owned();
        let prefix = told(["rev-parse", "--show-prefix"])?.unwrap_or_default();
        let top = told(["rev-parse", "--show-toplevel"])?.map(PathBuf::from);
        Ok(Self { given: given.to_owned(), commit: base, name, prefix, top, note })
    }

    /// What is to be said about the revision.
    pub fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    /// The path from the top level that Git understands by a path after `REV:`.
    pub fn path(&self, given: &str) -> Result<String, Failure> {
        let is_relative = given.starts_with("./") || given.starts_with("../");
        let whole = if is_relative { format!("{}{given}", self.prefix) } else { given.to_owned() };
        if whole.starts_with('/') {
            let message =
                format!("`{}:{given}`: a path in a revision has no `/` at its beginning", self.given);
            return Err(Failure::new(message).help("write it from the top level of the repository"));
        }
        let mut parts: Vec<&str> = Vec::new();
        for part in whole.trim_end_matches('/').split('/') {
            match part {
                "." | "" if is_relative => {}
                ".." if is_relative => {
                    let out = || {
                        let message = format!("`{}:{given}` is out of the repository", self.given);
                        Failure::new(message)
                    };
                    parts.pop().ok_or_else(out)?;
                }
                _ => parts.push(part),
            }
        }
        Ok(parts.join("/"))
    }

    /// The policy files of the commit that these paths from the top level name.
    pub fn policy(
        &self,
        paths: &[String],
        beside: &[PathBuf],
        exclusions: &Exclusions,
    ) -> Result<(Vec<StoredFile>, Excluded), Failure> {
        let mut exclusion = StoredExclusion::of(exclusions, beside);
        let mut found: Vec<(PathBuf, String)> = Vec::new();
        let mut folders: Vec<PathBuf> = Vec::new();
        for path in paths {
            match self.entry(path)? {
                Entry { id, is_folder: true, .. } => {
                    let folder = self.folder(path, &id)?;
                    let names: StoredNames = folder.policy_files(&mut exclusion)?;
                    found.extend(names.into_iter().map(|(name, id)| (Path::new(path).join(name), id)));
                    folders.push(PathBuf::from(path));
                }
                Entry { id, .. } => {
                    if !exclusion.excludes_named(&self.named(Path::new(path)))? {
                        found.push((PathBuf::from(path), id));
                    }
                    folders.push(Path::new(path).parent().map(Path::to_owned).unwrap_or_default());
                }
            }
        }
        let mut seen = BTreeSet::new();
        found.retain(|(path, _)| seen.insert(path.clone()));
        let common = folders.into_iter().reduce(|left, right| {
            let holds = |folder: &&Path| right.starts_with(folder);
            left.ancestors().find(holds).map(Path::to_owned).unwrap_or_default()
        });
        let common = common.unwrap_or_default();
        let ids: Vec<_> = found.iter().map(|(_, id)| id.as_str()).collect();
        let contents = object::contents(&ids).map_err(|error| self.unread(paths, &error))?;
        let file = |((path, _), (size, content)): ((PathBuf, String), (u64, Vec<u8>))| {
            let in_policy = joined("", path.strip_prefix(&common).unwrap_or(&path));
            let in_policy = in_policy.trim_start_matches('/').to_owned();
            StoredFile { name: self.named(&path), in_policy, size, content }
        };
        Ok((found.into_iter().zip(contents).map(file).collect(), exclusion.done()))
    }

    /// A file of the commit, by its path from the top level; `None` if it is no file there.
    pub fn file(&self, path: &str) -> Result<Option<StoredFile>, Failure> {
        let entry =
            object::entry(&self.commit, path).map_err(|error| self.unread(&[path.to_owned()], &error))?;
        let Some(Entry { id, .. }) = entry.filter(Entry::is_file) else { return Ok(None) };
        let contents = object::contents(&[&id]).map_err(|error| self.unread(&[path.to_owned()], &error))?;
        let Some((size, content)) = contents.into_iter().next() else { return Ok(None) };
        let name = self.named(Path::new(path));
        Ok(Some(StoredFile { in_policy: name.clone(), name, size, content }))
    }

    /// The path from the top level of a file of the checkout; `None` for another file.
    pub fn path_of(&self, file: &Path) -> Option<String> {
        let top = std::fs::canonicalize(self.top.as_ref()?).ok()?;
        let file = as_named(file);
        // The folders above may be links. Of those below, which a change may have made, none is followed.
        let above: Vec<_> = file.ancestors().collect();
        let is_top = |folder: &&&Path| std::fs::canonicalize(folder).is_ok_and(|folder| folder == top);
        let within = file.strip_prefix(above.iter().rev().find(is_top)?).ok()?;
        let parts: Option<Vec<_>> = within.iter().map(OsStr::to_str).collect();
        Some(parts?.join("/"))
    }

    /// `REV:path`
    pub fn named(&self, path: &Path) -> String {
        joined(&format!("{}:", self.name), path)
    }

    /// What stands at a path: a file or a folder.
    fn entry(&self, path: &str) -> Result<Entry, Failure> {
        let shown = self.named(Path::new(path));
        let found =
            object::entry(&self.commit, path).map_err(|error| self.unread(&[path.to_owned()], &error))?;
        match found {
            Some(entry) if entry.is_link() => {
                Err(Failure::new(format!("`{shown}` is a symbolic link"))
                    .help("name the path that it links to"))
            }
            Some(entry) if entry.is_submodule() => {
                let message = format!("`{shown}` is a submodule, whose files are not in the repository");
                Err(Failure::new(message).help("check the base out and name its folder"))
            }
            Some(entry) => Ok(entry),
            None => {
                let below = format!("{}{path}", self.prefix);
                let is_below = !self.prefix.is_empty()
                    && object::entry(&self.commit, &below).is_ok_and(|it| it.is_some());
                let help = match is_below {
                    true => format!("paths are from the top level of the repository: write `{}:{below}` or `{}:./{path}`", self.given, self.given),
                    false => "name a file or folder of that commit, from the top level of the repository; for a first policy, pass `--no-base` to `nexusc diff`".to_owned(),
                };
                Err(Failure::new(format!("`{shown}` does not exist")).help(help))
            }
        }
    }

    fn folder(&self, path: &str, id: &str) -> Result<StoredFolder, Failure> {
        let unread = |error| self.unread(&[path.to_owned()], &error);
        let listed = object::list(id).map_err(unread)?;
        let links: Vec<_> = listed.iter().filter(|(_, entry)| entry.is_link()).collect();
        let ids: Vec<_> = links.iter().map(|(_, entry)| entry.id.as_str()).collect();
        let targets = object::contents(&ids).map_err(unread)?;
        let targets: BTreeMap<&Path, Vec<u8>> = links
            .iter()
            .map(|(path, _)| path.as_path())
            .zip(targets.into_iter().map(|(_, target)| target))
            .collect();
        let mut links_to_files = BTreeSet::new();
        for (link, target) in &targets {
            let Some(to) = within_repository(Path::new(path), link, target) else { continue };
            if object::entry(&self.commit, &to).is_ok_and(|entry| entry.is_some_and(|entry| entry.is_file()))
            {
                links_to_files.insert(link.to_path_buf());
            }
        }
        let entry = |(at, entry): (&PathBuf, &Entry)| {
            let stored = match targets.get(at.as_path()) {
                Some(target) => StoredEntry::Link(target.clone()),
                None if entry.is_submodule() => StoredEntry::Submodule,
                None => StoredEntry::File(entry.id.clone()),
            };
            (at.clone(), stored)
        };
        let entries = listed.iter().map(|(at, it)| entry((at, it))).collect();
        Ok(StoredFolder { name: self.named(Path::new(path)), entries, links_to_files })
    }

    /// Why objects of the commit cannot be read.
    fn unread(&self, paths: &[String], error: &object::ObjectError) -> Failure {
        let failure = Failure::new(format!("cannot read the policy at `{}`: {error}", self.name));
        let path = paths.first().map(String::as_str).unwrap_or_default();
        match error {
            object::ObjectError::Missing(_) => failure.help(format!(
                "the clone is partial, and nexusc fetches nothing: run `git archive {}:{path} > /dev/null`, which fetches them (of a file, `git show`)",
                short(&self.commit)
            )),
            _ => failure,
        }
    }
}

/// The path from the top level that a link leads to, where that is in the repository.
fn within_repository(folder: &Path, link: &Path, target: &[u8]) -> Option<String> {
    let target = String::from_utf8(target.to_vec()).ok()?;
    let mut at = folder.join(link.parent().unwrap_or(Path::new("")));
    for part in Path::new(&target).components() {
        match part {
            Component::Normal(part) => at.push(part),
            Component::ParentDir => {
                if !at.pop() {
                    return None;
                }
            }
            Component::CurDir => {}
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    let parts: Option<Vec<_>> = at.iter().map(OsStr::to_str).collect();
    Some(parts?.join("/"))
}

fn check_repository(given: &str) -> Result<(), Failure> {
    let output = run(["rev-parse", "--is-bare-repository"])?;
    if output.status.success() {
        if output.stdout.starts_with(b"false") {
            return Ok(());
        }
        let message =
            format!("Git cannot read the revision `{given}`: the current folder is a bare repository");
        return Err(Failure::new(message).help("run nexusc in a checkout"));
    }
    let (first, rest) = complaint(&output);
    let help = match first.contains("not a git repository") {
        true => format!("run nexusc in the checkout; for a path with a colon, write `./{given}:…`"),
        false => rest,
    };
    let failure = Failure::new(format!("Git cannot read the revision `{given}`: {first}"));
    Err(if help.is_empty() { failure } else { failure.help(help) })
}

/// The commit that a revision names.
fn commit_of(given: &str) -> Result<String, Failure> {
    let output = run(["rev-parse", "--verify", "--end-of-options", given])?;
    let (first, rest) = complaint(&output);
    if format!("{first}\n{rest}").contains("is ambiguous") {
        let message = format!("the revision `{given}` is ambiguous: several branches or tags have this name");
        let help = format!(
            "write it in full, such as `refs/remotes/{given}`, `refs/heads/{given}` or `refs/tags/{given}`"
        );
        return Err(Failure::new(message).help(help));
    }
    let object = String::from_utf8(output.stdout).unwrap_or_default().trim().to_owned();
    if !output.status.success() || object.is_empty() {
        return Err(unknown(given)?);
    }
    let peeled =
        told(["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{object}^{{commit}}")])?;
    match peeled {
        Some(commit) => Ok(commit),
        None => {
            let Some(kind) = told(["cat-file", "-t", &object])? else { return Err(unknown(given)?) };
            let help = "name a commit, a branch or a tag before the colon";
            Err(Failure::new(format!("the revision `{given}` is a {kind}, not a commit")).help(help))
        }
    }
}

/// Why a revision is unknown, as far as can be told.
fn unknown(given: &str) -> Result<Failure, Failure> {
    let failure = Failure::new(format!("unknown revision `{given}`"));
    let remotes = told(["remote"])?.unwrap_or_default();
    let is_ancestor = given.contains(['~', '^', '@']);
    if is_ancestor && is_shallow()? {
        return Ok(
            failure.help("the clone is shallow: run `git fetch --deepen=100`, or `git fetch --unshallow`")
        );
    }
    let of_remote = remotes.lines().find_map(|remote| {
        let branch = given.strip_prefix(remote)?.strip_prefix('/')?;
        Some(format!("git fetch {remote} {branch}:refs/remotes/{remote}/{branch}"))
    });
    if let Some(fetch) = of_remote {
        return Ok(failure.help(format!("fetch it: `{fetch}`")));
    }
    let refs = told(["for-each-ref", "--count=5000", "--format=%(refname:short)"])?.unwrap_or_default();
    let names: Vec<_> = refs.lines().collect();
    let tracked = names.iter().find(|name| name.split_once('/').is_some_and(|(_, branch)| branch == given));
    if let Some(close) = tracked.copied().or_else(|| suggest::closest(given, names.iter().copied())) {
        return Ok(failure.help(format!("did you mean `{close}`?")));
    }
    let remote = remotes.lines().next().unwrap_or("origin");
    Ok(failure.help(format!("fetch it, such as with `git fetch {remote}`")))
}

fn is_shallow() -> Result<bool, Failure> {
    Ok(told(["rev-parse", "--is-shallow-repository"])?.as_deref() == Some("true"))
}

fn merge_base(given: &str, commit: &str, head: &str) -> Result<String, Failure> {
    let output = run(["merge-base", commit, head])?;
    let base = String::from_utf8(output.stdout.clone()).unwrap_or_default();
    if let Some(base) = base.lines().next().filter(|_| output.status.success()) {
        return Ok(base.to_owned());
    }
    let message = format!("`{given}` and `HEAD` have no merge base");
    if is_shallow()? {
        let help = "the clone is shallow: run `git fetch --deepen=100`, or `git fetch --unshallow` (in GitHub Actions, check out with `fetch-depth: 0`)";
        return Err(Failure::new(format!("{message} in this clone")).help(help));
    }
    let (first, _) = complaint(&output);
    let why = if first.is_empty() { "their histories are unrelated".to_owned() } else { first };
    Err(Failure::new(format!("{message}: {why}")).help("name a revision that `HEAD` began from"))
}

/// `origin/main` is 3 commits ahead of the merge base 0123456789ab, …
fn ahead(given: &str, commit: &str, base: &str) -> Result<String, Failure> {
    let count = told(["rev-list", "--count", &format!("{base}..{commit}")])?.unwrap_or_default();
    let commits = if count == "1" { "1 commit".to_owned() } else { format!("{count} commits") };
    let base = short(base);
    Ok(format!("`{given}` is {commits} ahead of the merge base {base}, which the policy is compared with"))
}

//! The policy before a change, and the files of the base that stand for those of the policy: who proposes a change may have
//! edited its own.

use super::approval::{as_named, is_beside};
use super::git::Revision;
use super::{Failure, file, snapshot};
use crate::check::rules::RuleChange;
use crate::facts::Facts;
use crate::load::{FILE_LIMIT, StoredFile};
use crate::pipeline::{ValuesFile, VariableValues};
use clap::Args;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// A path of `--base`, or `REV:PATH`.
///
/// What may be a revision is one, whatever is on the disk: a change could otherwise add a file that forges its own base.
#[derive(Clone, Debug)]
pub struct BasePath {
    given: PathBuf,
    /// The revision of all paths of the command line, resolved once: a branch may move in the meantime.
    revision: Arc<OnceLock<BaseRevision>>,
}

/// The paths from the top level at a revision.
#[derive(Debug)]
pub struct BaseRevision {
    /// The commit.
    pub revision: Revision,
    /// The paths.
    pub paths: Vec<String>,
}

impl From<OsString> for BasePath {
    fn from(given: OsString) -> Self {
        Self { given: given.into(), revision: Arc::default() }
    }
}

impl BasePath {
    /// The revision and the path that are named; `None` for a path on the disk.
    fn split(&self) -> Option<(&str, &str)> {
        let given = self.given.to_str()?;
        let (revision, path) = given.split_at(colon(given)?);
        let path = path.strip_prefix(':')?;
        let is_drive = revision.len() == 1
            && revision.bytes().all(|byte| byte.is_ascii_alphabetic())
            && (cfg!(windows) || path.starts_with(['/', '\\']));
        let is_path = is_drive
            || ["/", "./", "../", "~/", "\\", ".\\", "..\\"].iter().any(|it| revision.starts_with(it));
        (!is_path).then_some((revision, path))
    }
}

/// The first colon that ends a revision: one in braces, as in `main@{2026-06-15 12:00}`, belongs to it.
fn colon(given: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let ends = |letter: char| {
        match letter {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        letter == ':' && depth == 0
    };
    given.find(ends)
}

/// What a reviewer is told of the base: that its revision has moved on.
pub fn remarks_of(base: &[BasePath]) -> Vec<String> {
    let revision = revision_of(base).ok().flatten();
    revision.and_then(|it| it.revision.note()).map(str::to_owned).into_iter().collect()
}

/// The revision of the base; `None` if it is on the disk, or there is none.
pub fn revision_of(base: &[BasePath]) -> Result<Option<&BaseRevision>, Failure> {
    let Some(first) = base.first() else { return Ok(None) };
    if let Some(known) = first.revision.get() {
        return Ok(Some(known));
    }
    let named: Vec<_> = base.iter().map(|it| (it, it.split())).collect();
    let Some((_, Some((revision, _)))) = named.iter().find(|(_, split)| split.is_some()) else {
        return Ok(None);
    };
    let mut paths = Vec::new();
    for (path, split) in &named {
        let shown = path.given.display();
        let Some((other, within)) = split else {
            let message = format!("`--base {shown}` is a path and `--base {revision}:…` a revision");
            return Err(Failure::new(message).help("name one base: paths, or paths of one revision"));
        };
        if other != revision {
            let message = format!("`--base` names two revisions, `{revision}` and `{other}`");
            return Err(Failure::new(message).help("name paths of one revision"));
        }
        if other.is_empty() {
            let message = format!("`--base {shown}` names no revision before the colon");
            return Err(Failure::new(message)
                .help("write `REV:PATH`, such as `origin/main:policy`; for a path, begin with `./`"));
        }
        if path.given.symlink_metadata().is_ok() {
            let message = format!(
                "`--base {shown}` is a revision, and a path of that very name exists, which a change could have added to forge its base"
            );
            let help = format!(
                "for the revision, remove the path or name the commit's id; for the path, write `./{shown}`"
            );
            return Err(Failure::new(message).help(help));
        }
        paths.push(*within);
    }
    let resolved = Revision::resolve(revision)?;
    let paths = paths.into_iter().map(|path| resolved.path(path)).collect::<Result<_, _>>()?;
    Ok(Some(first.revision.get_or_init(|| BaseRevision { revision: resolved, paths })))
}

/// The paths of a base that is on the disk.
pub fn paths_of(base: &[BasePath]) -> Vec<PathBuf> {
    base.iter().map(|path| path.given.clone()).collect()
}

/// The variable files of the base.
#[derive(Args)]
pub struct BaseVariableOptions {
    /// Variable files of the base, in place of `--var-file`; may be repeated
    ///
    /// Without it a file of `--var-file` in the policy's folder is that of the same name in the base's folder, since who
    /// proposes a change may have edited it.
    #[arg(long = "base-var-file", value_name = "FILE")]
    base_files: Vec<PathBuf>,
}

impl BaseVariableOptions {
    /// The values for the base. The command line and the environment are not part of the change and count for both.
    pub fn values(
        &self,
        values: &VariableValues,
        policy: &[PathBuf],
        base: &[BasePath],
    ) -> Result<VariableValues, Failure> {
        if !self.base_files.is_empty() {
            let files = self.base_files.iter().cloned().map(ValuesFile::Path).collect();
            return Ok(VariableValues { files, ..values.clone() });
        }
        let of_base = |file: &ValuesFile| match file {
            ValuesFile::Path(path) => in_base(path, policy, base, ["--var-file", "--base-var-file"]),
            ValuesFile::Stored(_) => Ok(file.clone()),
        };
        Ok(VariableValues {
            files: values.files.iter().map(of_base).collect::<Result<_, _>>()?,
            ..values.clone()
        })
    }
}

/// The account's facts as they are at the base.
#[derive(Args)]
pub struct BaseAccountOptions {
    /// The account's facts as they are at the base: they count in place of those of `--account`
    ///
    /// Without it a file of `--account` in the policy's folder is that of the same name in the base's folder, since who
    /// proposes a change may have edited it. Facts that differ from those of the base are a rule that changes.
    #[arg(long, value_name = "FILE", requires = "account")]
    base_account: Option<PathBuf>,
}

impl BaseAccountOptions {
    /// The facts that count, and their change, if the policy comes with others.
    pub fn facts(
        &self,
        account: &Path,
        policy: &[PathBuf],
        base: &[BasePath],
    ) -> Result<(Facts, Option<RuleChange>), Failure> {
        let counts = match &self.base_account {
            _ if base.is_empty() => ValuesFile::Path(account.to_owned()),
            Some(path) => ValuesFile::Path(path.clone()),
            None => in_base(account, policy, base, ["--account", "--base-account"])?,
        };
        let (facts, before) = match &counts {
            ValuesFile::Path(path) => (snapshot::read(path)?, std::fs::read(path).unwrap_or_default()),
            ValuesFile::Stored(stored) => {
                let text = String::from_utf8(stored.content.clone());
                let text = text.map_err(|_| "it is not valid UTF-8".to_owned()).and_then(file::written);
                (snapshot::of_text(&stored.name, text)?, stored.content.clone())
            }
        };
        let after = std::fs::read(account).unwrap_or_default();
        // A checkout may have other line ends than the repository.
        let lines = |text: &[u8]| text.iter().copied().filter(|byte| *byte != b'\r').collect::<Vec<_>>();
        let change = (lines(&before) != lines(&after)).then(|| {
            let name = account.file_name().unwrap_or_default().to_string_lossy();
            RuleChange::of_file(&format!("facts {name}"), &before, &after)
        });
        Ok((facts, change))
    }
}

/// The file of the base that a file was before the change; the file itself, where it does not come with the policy.
fn in_base(
    file: &Path,
    policy: &[PathBuf],
    base: &[BasePath],
    [option, of_base]: [&str; 2],
) -> Result<ValuesFile, Failure> {
    if !policy.iter().any(|policy| is_beside(file, policy)) {
        return Ok(ValuesFile::Path(file.to_owned()));
    }
    let found = match revision_of(base)? {
        Some(base) => in_revision(file, policy, base)?.map(ValuesFile::Stored),
        None => {
            let within = within(file, policy);
            let mut paths =
                within.iter().flat_map(|within| base.iter().map(move |base| base.given.join(within)));
            paths.find(|path| path.is_file()).map(ValuesFile::Path)
        }
    };
    found.ok_or_else(|| {
        let message =
            format!("`{option} {}` comes with the policy and may be part of the change", file.display());
        Failure::new(message).help(format!("pass the file as it is at the base with `{of_base}`"))
    })
}

/// The path of a file from the folder of the policy that holds it, as named: a change may have made it a link to another file,
/// which the base has too.
fn within(file: &Path, policy: &[PathBuf]) -> Option<PathBuf> {
    let within = |folder: &PathBuf| as_named(file).strip_prefix(as_named(folder)).ok().map(Path::to_owned);
    policy.iter().find_map(within)
}

/// The file of a revision that a file of the checkout was there: the one in the base's folder, else the one of the same path.
pub fn in_revision(
    file: &Path,
    policy: &[PathBuf],
    base: &BaseRevision,
) -> Result<Option<StoredFile>, Failure> {
    let in_folders =
        within(file, policy).filter(|within| within.iter().next().is_some()).and_then(|within| {
            let parts: Option<Vec<_>> = within.iter().map(|part| part.to_str()).collect();
            Some(parts?.join("/"))
        });
    let in_folders = in_folders.into_iter().flat_map(|within| {
        base.paths
            .iter()
            .map(move |folder| if folder.is_empty() { within.clone() } else { format!("{folder}/{within}") })
    });
    for path in in_folders.chain(base.revision.path_of(file)) {
        match base.revision.file(&path)? {
            Some(found) if found.size > FILE_LIMIT => {
                let message = format!("`{}` is larger than {} MiB", found.name, FILE_LIMIT >> 20);
                return Err(Failure::new(message));
            }
            Some(found) => return Ok(Some(found)),
            None => {}
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(given: &str, expected: Option<(&str, &str)>) {
        assert_eq!(BasePath::from(OsString::from(given)).split(), expected, "{given}");
    }

    #[test]
    fn what_may_be_a_revision_is_one() {
        check("origin/main:policy", Some(("origin/main", "policy")));
        check("HEAD~2:", Some(("HEAD~2", "")));
        check("@{-1}:./x", Some(("@{-1}", "./x")));
        check("main@{2026-06-15 12:00}:a:b", Some(("main@{2026-06-15 12:00}", "a:b")));
        check("v1^{commit}:x", Some(("v1^{commit}", "x")));
        check("--upload-pack=x:y", Some(("--upload-pack=x", "y")));
        check(":policy", Some(("", "policy")));
        for path in
            ["policy", "./main:policy", "../a:b", "/a:b", "~/a:b", "C:\\policy", "c:/policy", ".\\a:b"]
        {
            check(path, None);
        }
        check("C:policy", (!cfg!(windows)).then_some(("C", "policy")));
    }
}

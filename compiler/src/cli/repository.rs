//! The paths of a policy's files in their repository, as services that show findings know them.

use super::World;
use crate::diagnostic::source::{FileId, SourceFile};
use crate::report::service::Paths;
use std::path::{Component, Path, PathBuf};

/// The paths of files from the root of the repository: the folder that holds `.git`, else the checkout of the CI job, else the current
/// folder. A file outside of it has none.
pub fn paths<'f>(files: impl Iterator<Item = (FileId, &'f SourceFile)>, world: &World) -> Paths {
    let whole: Vec<_> =
        files.filter_map(|(id, file)| Some((id, std::fs::canonicalize(file.path()).ok()?))).collect();
    let Some(root) = whole.first().map(|(_, path)| root(path, world)) else { return Paths::default() };
    let within = whole.iter().filter_map(|(id, path)| Some((*id, slashed(path.strip_prefix(&root).ok()?))));
    Paths::new(within)
}

fn root(file: &Path, world: &World) -> PathBuf {
    let folders = || file.ancestors().skip(1);
    if let Some(repository) = folders().find(|folder| folder.join(".git").exists()) {
        return repository.to_owned();
    }
    let named = ["GITHUB_WORKSPACE", "CI_PROJECT_DIR"].iter().filter_map(|name| world.variable(name));
    let checkouts = named.map(Path::new).chain([Path::new(".")]);
    let checkouts = checkouts.filter_map(|path| std::fs::canonicalize(path).ok());
    let found =
        checkouts.filter(|checkout| file.starts_with(checkout)).min_by_key(|it| it.components().count());
    found.unwrap_or_else(|| folders().next().unwrap_or(file).to_owned())
}

/// A relative path with `/`.
fn slashed(path: &Path) -> String {
    let names = path.components().filter_map(|part| match part {
        Component::Normal(name) => Some(name.to_string_lossy()),
        _ => None,
    });
    names.collect::<Vec<_>>().join("/")
}

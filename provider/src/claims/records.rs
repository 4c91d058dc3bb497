//! Claims shared between the provider processes of one run. Terraform starts a process for each provider block, and again
//! for the apply. Each process appends its claims to its own file, in a directory that only the user can read. An apply
//! reads the file of its plan, including a saved plan on the same machine.
//!
//! Missing files are not an error: a process then knows only its own claims.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::private_state::InstanceId;
use super::{Claim, ManagedObject};

/// Older files are ignored and deleted.
const KEPT: Duration = Duration::from_secs(24 * 3600);

/// Larger files are not read: 100,000 claims take about 30 MB.
const LARGEST: u64 = 64 << 20;

/// Which run of Terraform a process belongs to.
#[derive(Clone, Debug, Default)]
pub struct Run {
    /// The folder for temporary files; `None` shares nothing.
    pub folder: Option<PathBuf>,
    /// The id of the process that started this one: Terraform's.
    pub parent: Option<u32>,
    /// The folder of the configuration, which Terraform works in.
    pub configuration: Option<PathBuf>,
    /// Terraform's version, as it says it.
    pub terraform: String,
}

impl Run {
    /// Whether Terraform is older than 1.12. A version that cannot be read is not.
    pub(crate) fn is_before_1_12(&self) -> bool {
        let mut parts = self.terraform.split(['.', '-']).map(str::parse::<u32>);
        matches!((parts.next(), parts.next()), (Some(Ok(1)), Some(Ok(minor))) if minor < 12)
    }
}

/// The files of other processes, and the one of this process.
pub(crate) struct Records(Option<Shared>);

struct Shared {
    folder: PathBuf,
    /// Prefix of the file names of this run.
    run: String,
    id: String,
    registry: String,
    configuration: String,
    file: Mutex<File>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Registry(String),
    Configuration(String),
    Claim(InstanceId, Claim),
    /// A process of the same walk, for another provider block.
    Sibling(String),
}

/// The content of one file.
#[derive(Default)]
struct Record {
    registry: String,
    configuration: String,
    claims: BTreeMap<InstanceId, Claim>,
    siblings: Vec<String>,
}

impl Records {
    /// Opens the records of a run for one registry. On failure, which is logged, nothing is shared.
    pub(crate) fn open(run: &Run, registry: &str) -> Self {
        let Some((folder, parent)) = run.folder.as_deref().zip(run.parent) else { return Self(None) };
        let configuration = run.configuration.as_deref().map(Path::to_string_lossy).unwrap_or_default();
        match Shared::open(folder, parent, (registry, &configuration)) {
            Ok(shared) => {
                shared.announce();
                shared.remove_expired();
                Self(Some(shared))
            }
            Err(error) => {
                tracing::debug!(%error, folder = %folder.display(), "claims are not shared with other processes");
                Self(None)
            }
        }
    }

    pub(super) fn id(&self) -> Option<&str> {
        self.0.as_ref().map(|shared| shared.id.as_str())
    }

    pub(super) fn append(&self, instance: &InstanceId, claim: &Claim) {
        if let Some(shared) = &self.0 {
            shared.append(&Line::Claim(instance.clone(), claim.clone()));
        }
    }

    /// The claims of the processes that have run at the same time as this one, including those that have ended.
    pub(super) fn siblings(&self) -> Vec<Claim> {
        let Some(shared) = &self.0 else { return Vec::new() };
        let own = shared.read(&shared.path()).unwrap_or_default();
        let records = own.siblings.iter().filter_map(|id| shared.named(id));
        records.flat_map(|record| record.claims.into_values()).collect()
    }

    /// The claims of a plan, and of the processes that ran at the same time.
    pub(super) fn of_plan(&self, id: Option<&str>) -> impl Iterator<Item = (InstanceId, Claim)> {
        let found = self.0.as_ref().zip(id).and_then(|(shared, id)| Some((shared, shared.named(id)?)));
        let all = found.into_iter().flat_map(|(shared, record)| {
            let siblings: Vec<_> = record.siblings.iter().filter_map(|id| shared.named(id)).collect();
            std::iter::once(record).chain(siblings)
        });
        all.flat_map(|record| record.claims)
    }

    /// The claims of the newest plan that includes this change, without the claim that makes it.
    pub(super) fn of_change(&self, before: &[ManagedObject], after: &[ManagedObject]) -> Vec<Claim> {
        let Some(shared) = &self.0 else { return Vec::new() };
        let is_it = |claim: &Claim| claim.before == before && claim.after.as_deref() == Some(after);
        for path in shared.newest_first() {
            let Some(record) = shared.read(&path) else { continue };
            let Some(by) = record.claims.iter().find(|(_, it)| is_it(it)).map(|(by, _)| by.clone()) else {
                continue;
            };
            let siblings = record.siblings.iter().filter_map(|id| shared.named(id));
            let sibling_claims: Vec<_> = siblings.flat_map(|sibling| sibling.claims.into_values()).collect();
            let rest = record.claims.into_iter().filter(|(other, _)| *other != by).map(|(_, claim)| claim);
            return rest.chain(sibling_claims).collect();
        }
        Vec::new()
    }

    /// The first matching claim of the newest plan of this configuration.
    pub(super) fn recent(&self, is_about: impl Fn(&Claim) -> bool) -> Option<Claim> {
        let mut found = self
            .of_this_configuration()
            .filter_map(|record| record.claims.into_values().find(|it| is_about(it) && it.after.is_some()));
        found.next()
    }

    /// The first matching claim of the newest plan of this configuration, if that plan has a claim that `is_new` matches as
    /// well.
    pub(super) fn recent_with_new(
        &self,
        is_about: impl Fn(&Claim) -> bool,
        is_new: impl Fn(&Claim) -> bool,
    ) -> Option<Claim> {
        let newest = self.of_this_configuration().find(|record| record.claims.values().any(&is_about))?;
        let plans_new = newest.claims.values().any(is_new);
        newest.claims.into_values().find(|it| plans_new && is_about(it))
    }

    fn of_this_configuration(&self) -> impl Iterator<Item = Record> {
        self.0.iter().flat_map(|shared| {
            let records = shared.newest_first().into_iter().filter_map(|path| shared.read(&path));
            records.filter(|record| record.configuration == shared.configuration)
        })
    }

    /// Whether another process of this run has ended.
    pub(super) fn follows_another_process(&self) -> bool {
        let Some(shared) = &self.0 else { return false };
        shared.of_this_run().iter().any(|path| !is_alive(path))
    }
}

impl Shared {
    fn open(temporary: &Path, parent: u32, (registry, configuration): (&str, &str)) -> std::io::Result<Self> {
        let folder = registry::private_folder(temporary)?;
        let run = format!("{parent}-{}-", started(parent));
        let id = registry::new_operation_id();
        let path = folder.join(format!("{run}{id}"));
        let file = OpenOptions::new().create_new(true).append(true).open(path)?;
        file.lock()?;
        let (registry, configuration) = (registry.to_owned(), configuration.to_owned());
        let shared = Self { folder, run, id, registry, configuration, file: Mutex::new(file) };
        shared.append(&Line::Registry(shared.registry.clone()));
        shared.append(&Line::Configuration(shared.configuration.clone()));
        Ok(shared)
    }

    /// Adds this process to the files of the running processes of this run, and them to the file of this one.
    fn announce(&self) {
        for path in self.of_this_run().into_iter().filter(|path| is_alive(path)) {
            let Some(id) = path.file_name().and_then(|name| name.to_str()?.strip_prefix(&self.run)) else {
                continue;
            };
            self.append(&Line::Sibling(id.to_owned()));
            if let Ok(mut file) = OpenOptions::new().append(true).open(&path) {
                write_line(&mut file, &Line::Sibling(self.id.clone()));
            }
        }
    }

    fn append(&self, line: &Line) {
        write_line(&mut self.file.lock().unwrap_or_else(PoisonError::into_inner), line);
    }

    fn path(&self) -> PathBuf {
        self.folder.join(format!("{}{}", self.run, self.id))
    }

    fn of_this_run(&self) -> Vec<PathBuf> {
        self.paths(|name| name.starts_with(&self.run))
    }

    /// All files but this process's own, the newest first.
    fn newest_first(&self) -> Vec<PathBuf> {
        let mut paths = self.paths(|_| true);
        paths.sort_by_cached_key(|path| {
            std::cmp::Reverse(fs::metadata(path).and_then(|it| it.modified()).ok())
        });
        paths
    }

    fn named(&self, id: &str) -> Option<Record> {
        let path = self.paths(|name| name.ends_with(id)).pop()?;
        self.read(&path)
    }

    fn paths(&self, matches: impl Fn(&str) -> bool) -> Vec<PathBuf> {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        names
            .filter(|name| !name.ends_with(&self.id) && matches(name))
            .map(|name| self.folder.join(name))
            .collect()
    }

    /// The record of a file, if it is for this registry. Incomplete lines are skipped: the process may have been killed.
    fn read(&self, path: &Path) -> Option<Record> {
        let metadata = fs::metadata(path).ok()?;
        if metadata.len() > LARGEST || metadata.modified().ok()?.elapsed().is_ok_and(|age| age > KEPT) {
            return None;
        }
        let text = fs::read_to_string(path).ok()?;
        let mut record = Record::default();
        for line in text.lines().filter_map(|line| serde_json::from_str(line).ok()) {
            match line {
                Line::Registry(registry) => record.registry = registry,
                Line::Configuration(configuration) => record.configuration = configuration,
                Line::Claim(instance, claim) => drop(record.claims.insert(instance, claim)),
                Line::Sibling(id) => record.siblings.push(id),
            }
        }
        (record.registry == self.registry).then_some(record)
    }

    fn remove_expired(&self) {
        for path in self.paths(|_| true) {
            let modified = fs::metadata(&path).and_then(|metadata| metadata.modified());
            if modified.is_ok_and(|at| at.elapsed().is_ok_and(|age| age > KEPT)) && !is_alive(&path) {
                // Another process may have deleted it.
                let _ = fs::remove_file(&path);
            }
        }
    }
}

/// Each line is one write, so that lines of two processes do not interleave.
fn write_line(file: &mut File, line: &Line) {
    let Ok(mut text) = serde_json::to_string(line) else { return };
    text.push('\n');
    if let Err(error) = file.write_all(text.as_bytes()) {
        tracing::debug!(%error, "a claim could not be shared with other processes");
    }
}

/// Whether the process that writes a file is running: it holds a lock until it exits.
fn is_alive(path: &Path) -> bool {
    let locked = File::open(path).map(|file| file.try_lock_shared());
    matches!(locked, Ok(Err(TryLockError::WouldBlock)))
}

/// Start time of a process, if the system has it, because process ids are reused.
fn started(process: u32) -> String {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let after_name = stat.rsplit(") ").next().unwrap_or_default();
    after_name.split(' ').nth(19).unwrap_or("0").to_owned()
}

//! The state file: a SQLite database with one row for each entity and one transaction for each write. It is only read at the
//! start; calls read the state in memory. Only one process can open it.

use crate::state::State;
use crate::storage::record::AccountRecord;
use crate::storage::table::Row;
use prost::Message;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Marks a SQLite file as a state file: "TnxR".
const APPLICATION: i32 = 0x546e_7852;
/// The version of the schema. A file with a higher one was written by a newer version of this program.
const SCHEMA: i32 = 1;
/// The offset of the application id in a SQLite file: four bytes, big-endian.
const APPLICATION_AT: usize = 68;
const HEADER: usize = 100;
const ACCOUNT: &str = "account";

/// Why a state file cannot be used. It was not modified.
#[derive(Debug, Error)]
pub enum StateFileError {
    /// It cannot be read or written at all.
    #[error("cannot open the state file `{path}`: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// It is another kind of file.
    #[error("`{0}` is not a state file of the embedded registry; it was not modified")]
    Foreign(PathBuf),
    /// A newer version of this program wrote it.
    #[error(
        "the state file `{path}` has schema version {found}, but this program supports versions up to {SCHEMA}: \
         use a newer version of it"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema version.
        found: i32,
    },
    /// Another process has it open.
    #[error("the state file `{0}` is in use by another process")]
    InUse(PathBuf),
    /// It is a damaged state file.
    #[error("the state file `{path}` is damaged: {what}; it was not modified")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// Another error of SQLite.
    #[error("cannot use the state file `{path}`: {source}")]
    Database {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: rusqlite::Error,
    },
}

/// An open state file.
#[derive(Debug)]
pub(crate) struct Store {
    connection: Connection,
}

/// The content of a state file.
#[derive(Debug)]
pub(crate) struct Contents {
    pub(crate) account: AccountRecord,
    /// Kind, key and bytes.
    pub(crate) rows: Vec<(String, String, Vec<u8>)>,
}

impl Store {
    /// Whether there is a state file at this path. An empty file counts as none.
    pub(crate) fn exists(path: &Path) -> Result<bool, StateFileError> {
        match fs::metadata(path) {
            Ok(found) => Ok(found.len() > 0 || !found.is_file()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(source) => Err(StateFileError::Io { path: path.to_owned(), source }),
        }
    }

    /// Opens a state file and reads it.
    pub(crate) fn open(path: &Path) -> Result<(Self, Contents), StateFileError> {
        check_header(path)?;
        let store = Self::connect(path)?;
        let contents = store.contents(path)?;
        Ok((store, contents))
    }

    /// Creates a state file with `state`, atomically.
    pub(crate) fn create(path: &Path, state: &mut State) -> Result<Self, StateFileError> {
        let fail = |source| StateFileError::Io { path: path.to_owned(), source };
        let draft = draft_of(path);
        let made = write_draft(&draft, path, state).and_then(|()| publish(&draft, path).map_err(fail));
        if made.is_err() {
            let _ = fs::remove_file(&draft);
        }
        made?;
        Self::connect(path)
    }

    /// Writes all changes in one transaction. When it returns they are on disk; when it fails the file is unchanged.
    pub(crate) fn write(&mut self, state: &mut State) -> rusqlite::Result<()> {
        let transaction = self.connection.transaction()?;
        for (kind, table) in state.stored() {
            for (key, row) in table.unsaved() {
                write_row(&transaction, kind, (key, row))?;
            }
        }
        transaction.commit()
    }

    /// Lets the disk be full.
    #[cfg(test)]
    pub(crate) fn limit(&self, pages: u32) {
        self.connection.pragma_update(None, "max_page_count", pages).unwrap();
    }

    /// Opens the file exclusively, in the mode in which a commit is on disk when it returns.
    fn connect(path: &Path) -> Result<Self, StateFileError> {
        let open = || {
            let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let connection = Connection::open_with_flags(path, flags)?;
            connection.busy_timeout(std::time::Duration::ZERO)?;
            connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
            connection.pragma_update(None, "journal_mode", "WAL")?;
            connection.pragma_update(None, "synchronous", "FULL")?;
            connection.pragma_update(None, "fullfsync", true)?;
            // Acquires the lock, which is held until the process ends.
            connection.execute_batch("BEGIN EXCLUSIVE; COMMIT")?;
            Ok(Self { connection })
        };
        open().map_err(|error| database_error(path, error))
    }

    fn contents(&self, path: &Path) -> Result<Contents, StateFileError> {
        let fail = |error| database_error(path, error);
        let found: i32 =
            self.connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(fail)?;
        if found > SCHEMA {
            return Err(StateFileError::Newer { path: path.to_owned(), found });
        }
        let verdict: String =
            self.connection.pragma_query_value(None, "quick_check", |row| row.get(0)).map_err(fail)?;
        if verdict != "ok" {
            let what = verdict.lines().collect::<Vec<_>>().join("; ");
            return Err(StateFileError::Damaged { path: path.to_owned(), what });
        }
        let mut rows = self.rows().map_err(fail)?;
        let account = rows.iter().position(|(kind, _, _)| kind == ACCOUNT).map(|at| rows.swap_remove(at));
        let account = account.and_then(|(_, _, bytes)| AccountRecord::decode(bytes.as_slice()).ok());
        let what = "it has no account".to_owned();
        let account = account.ok_or(StateFileError::Damaged { path: path.to_owned(), what })?;
        Ok(Contents { account, rows })
    }

    fn rows(&self) -> rusqlite::Result<Vec<(String, String, Vec<u8>)>> {
        let mut select = self.connection.prepare("SELECT kind, id, body FROM entity")?;
        let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        rows.collect()
    }
}

/// Checks the header without SQLite, which might recover, and so modify, another program's file.
fn check_header(path: &Path) -> Result<(), StateFileError> {
    let fail = |source| StateFileError::Io { path: path.to_owned(), source };
    let mut header = Vec::new();
    File::open(path).and_then(|file| file.take(HEADER as u64).read_to_end(&mut header)).map_err(fail)?;
    let application = header.get(APPLICATION_AT..APPLICATION_AT + 4);
    let is_state_file =
        header.starts_with(b"SQLite format 3\0") && application == Some(&APPLICATION.to_be_bytes());
    if is_state_file { Ok(()) } else { Err(StateFileError::Foreign(path.to_owned())) }
}

fn draft_of(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}", std::process::id()))
}

fn write_draft(draft: &Path, path: &Path, state: &mut State) -> Result<(), StateFileError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    // It contains the secret that the keys of the seed are derived from.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(draft).map_err(|source| StateFileError::Io { path: path.to_owned(), source })?;
    let mut write = || {
        let mut connection = Connection::open(draft)?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        let transaction = connection.transaction()?;
        transaction.pragma_update(None, "application_id", APPLICATION)?;
        transaction.pragma_update(None, "user_version", SCHEMA)?;
        transaction.execute_batch(
            "CREATE TABLE entity (kind TEXT NOT NULL, id TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (kind, id)) \
             STRICT, WITHOUT ROWID",
        )?;
        write_row(
            &transaction,
            ACCOUNT,
            (state.id.to_string(), Some(state.account_record().encode_to_vec())),
        )?;
        for (kind, table) in state.stored() {
            for row in table.unsaved() {
                write_row(&transaction, kind, row)?;
            }
        }
        transaction.commit()?;
        connection.close().map_err(|(_, error)| error)
    };
    write().map_err(|error| database_error(path, error))
}

/// Renames the draft. A file that was created meanwhile is not replaced.
fn publish(draft: &Path, path: &Path) -> io::Result<()> {
    let empty = fs::metadata(path).is_ok_and(|found| found.len() == 0 && found.is_file());
    if empty {
        return fs::rename(draft, path);
    }
    fs::hard_link(draft, path)?;
    fs::remove_file(draft)
}

fn write_row(connection: &Connection, kind: &str, (key, row): Row) -> rusqlite::Result<()> {
    match row {
        Some(bytes) => {
            let put = "INSERT INTO entity (kind, id, body) VALUES (?1, ?2, ?3) \
                       ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body";
            connection.prepare_cached(put)?.execute((kind, key, bytes))?;
        }
        None => {
            let drop = "DELETE FROM entity WHERE kind = ?1 AND id = ?2";
            connection.prepare_cached(drop)?.execute((kind, key))?;
        }
    }
    Ok(())
}

fn database_error(path: &Path, error: rusqlite::Error) -> StateFileError {
    let path = path.to_owned();
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StateFileError::InUse(path),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            StateFileError::Damaged { path, what: error.to_string() }
        }
        _ => StateFileError::Database { path, source: error },
    }
}

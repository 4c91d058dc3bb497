//! The state file: a SQLite database with one row for each entity and one transaction for each write. It is only read at the
//! start; calls read the state in memory. Only one process can open it.

use crate::state::State;
use crate::storage::record::AccountRecord;
use crate::storage::table::Row;
use prost::Message;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension};
use sha2::{Digest, Sha256};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Marks a SQLite file as a state file: "TnxR".
const APPLICATION: i32 = 0x546e_7852;
/// The version of the schema. A file with a higher one was written by a newer version of this program.
const SCHEMA: i32 = 2;
/// The offset of the application id in a SQLite file: four bytes, big-endian.
const APPLICATION_AT: usize = 68;
const HEADER: usize = 100;
const ACCOUNT: &str = "account";
/// The version without checksums.
const WITHOUT_SUMS: i32 = 1;

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
    pub(crate) rows: Vec<ReadRow>,
}

/// Kind, key and bytes of a row.
type ReadRow = (String, String, Vec<u8>);

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
        let mut total = Total::of(&transaction)?;
        for (kind, table) in state.stored() {
            for (key, row) in table.unsaved() {
                write_row(&transaction, kind, (key, row), &mut total)?;
            }
        }
        total.save(&transaction)?;
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
        let damaged = |what: String| StateFileError::Damaged { path: path.to_owned(), what };
        match found {
            WITHOUT_SUMS => self.add_sums().map_err(fail)?,
            SCHEMA => {}
            _ => return Err(damaged(format!("it has schema version {found}"))),
        }
        let mut rows = self.rows().map_err(fail)?.map_err(damaged)?;
        let account = rows.iter().position(|(kind, _, _)| kind == ACCOUNT).map(|at| rows.swap_remove(at));
        let account = account.and_then(|(_, _, bytes)| AccountRecord::decode(bytes.as_slice()).ok());
        let account = account.ok_or_else(|| damaged("it has no account".to_owned()))?;
        Ok(Contents { account, rows })
    }

    /// The rows, or what in them is damaged.
    fn rows(&self) -> rusqlite::Result<Result<Vec<ReadRow>, String>> {
        let mut select = self.connection.prepare("SELECT kind, id, body, sum FROM entity")?;
        let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
        let (mut whole, mut total) = (Vec::new(), Total::default());
        for row in rows {
            let (kind, key, body, sum): (String, String, Vec<u8>, Vec<u8>) = row?;
            if sum != checksum(&kind, &key, &body) {
                return Ok(Err(format!("the checksum of the {kind} `{key}` is wrong")));
            }
            total.add(&sum);
            whole.push((kind, key, body));
        }
        let has_all = total == Total::of(&self.connection)?;
        let missing = || "rows are missing, or were added: the checksum of all rows is wrong".to_owned();
        Ok(if has_all { Ok(whole) } else { Err(missing()) })
    }

    /// Adds checksums to a file of the first version.
    fn add_sums(&self) -> rusqlite::Result<()> {
        let transaction = self.connection.unchecked_transaction()?;
        transaction.execute_batch("ALTER TABLE entity ADD COLUMN sum BLOB NOT NULL DEFAULT x''")?;
        transaction.execute_batch(TOTAL_TABLE)?;
        let rows: Vec<ReadRow> = {
            let mut select = transaction.prepare("SELECT kind, id, body FROM entity")?;
            let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            rows.collect::<rusqlite::Result<_>>()?
        };
        let mut total = Total::default();
        for (kind, key, body) in rows {
            let sum = checksum(&kind, &key, &body);
            let set = "UPDATE entity SET sum = ?3 WHERE kind = ?1 AND id = ?2";
            transaction.execute(set, (kind, key, &sum))?;
            total.add(&sum);
        }
        total.save(&transaction)?;
        transaction.pragma_update(None, "user_version", SCHEMA)?;
        transaction.commit()
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
            "CREATE TABLE entity (kind TEXT NOT NULL, id TEXT NOT NULL, body BLOB NOT NULL, sum BLOB NOT NULL, \
             PRIMARY KEY (kind, id)) STRICT, WITHOUT ROWID",
        )?;
        transaction.execute_batch(TOTAL_TABLE)?;
        let mut total = Total::default();
        let account = (state.id.to_string(), Some(state.account_record().encode_to_vec()));
        write_row(&transaction, ACCOUNT, account, &mut total)?;
        for (kind, table) in state.stored() {
            for row in table.unsaved() {
                write_row(&transaction, kind, row, &mut total)?;
            }
        }
        total.save(&transaction)?;
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

fn write_row(
    connection: &Connection,
    kind: &str,
    (key, row): Row,
    total: &mut Total,
) -> rusqlite::Result<()> {
    let before = "SELECT sum FROM entity WHERE kind = ?1 AND id = ?2";
    let before: Option<Vec<u8>> =
        connection.prepare_cached(before)?.query_row((kind, &key), |row| row.get(0)).optional()?;
    before.iter().for_each(|sum| total.remove(sum));
    match row {
        Some(bytes) => {
            let sum = checksum(kind, &key, &bytes);
            total.add(&sum);
            let put = "INSERT INTO entity (kind, id, body, sum) VALUES (?1, ?2, ?3, ?4) \
                       ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body, sum = excluded.sum";
            connection.prepare_cached(put)?.execute((kind, key, bytes, sum))?;
        }
        None => {
            let drop = "DELETE FROM entity WHERE kind = ?1 AND id = ?2";
            connection.prepare_cached(drop)?.execute((kind, key))?;
        }
    }
    Ok(())
}

/// The checksum of a row, over all of it.
fn checksum(kind: &str, key: &str, body: &[u8]) -> Vec<u8> {
    let mut digest = Sha256::new();
    for part in [kind.as_bytes(), key.as_bytes(), body] {
        digest.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        digest.update(part);
    }
    digest.finalize().to_vec()
}

/// Holds the checksum of all rows, in one row.
const TOTAL_TABLE: &str = "CREATE TABLE total (one INTEGER PRIMARY KEY CHECK (one = 1), rows INTEGER NOT NULL, \
                           sum BLOB NOT NULL) STRICT";

/// The checksum of all rows, which shows that one is missing: their number, and their checksums combined by exclusive or, so
/// that a write changes it without reading the others.
#[derive(Debug, Default, PartialEq, Eq)]
struct Total {
    rows: i64,
    sum: [u8; 32],
}

impl Total {
    /// That of the file; of nothing where it is missing.
    fn of(connection: &Connection) -> rusqlite::Result<Self> {
        let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get::<_, Vec<u8>>(1)?));
        let found = connection.query_row("SELECT rows, sum FROM total", [], read).optional()?;
        let (rows, sum) = found.unwrap_or_default();
        Ok(Self { rows, sum: sum.try_into().unwrap_or_default() })
    }

    fn save(&self, connection: &Connection) -> rusqlite::Result<()> {
        let put = "INSERT INTO total (one, rows, sum) VALUES (1, ?1, ?2) \
                   ON CONFLICT (one) DO UPDATE SET rows = excluded.rows, sum = excluded.sum";
        connection.prepare_cached(put)?.execute((self.rows, self.sum.to_vec())).map(drop)
    }

    fn add(&mut self, sum: &[u8]) {
        self.rows += 1;
        self.combine(sum);
    }

    fn remove(&mut self, sum: &[u8]) {
        self.rows -= 1;
        self.combine(sum);
    }

    fn combine(&mut self, sum: &[u8]) {
        self.sum.iter_mut().zip(sum).for_each(|(own, other)| *own ^= other);
    }
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

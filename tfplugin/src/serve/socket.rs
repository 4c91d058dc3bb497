//! The socket that Terraform connects to.

use std::fs::Permissions;
use std::io;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::net;
use std::path::Path;

use tempfile::TempPath;
use tokio::net::UnixListener;

use super::ServeError;
use crate::environment::Environment;

/// A bound socket, removed when dropped.
pub(super) struct Socket {
    listener: UnixListener,
    path: TempPath,
}

impl Socket {
    /// Binds in the directory that Terraform requires, or in the one for temporary files, or in `/tmp`: the path of a socket is
    /// limited to about a hundred bytes, and Terraform does not show errors before the handshake. Requires a Tokio runtime.
    pub(super) fn bind(environment: &Environment) -> Result<Self, ServeError> {
        let group = environment.get("PLUGIN_UNIX_SOCKET_GROUP");
        let failed =
            |folder: &Path, error| ServeError::Socket { folder: folder.display().to_string(), error };
        if let Some(folder) = environment.get_os("PLUGIN_UNIX_SOCKET_DIR").map(Path::new) {
            return Self::bind_in(folder, group).map_err(|error| failed(folder, error));
        }
        let usual = Path::new("/tmp");
        let temporary = environment.get_os("TMPDIR").map_or(usual, Path::new);
        match Self::bind_in(temporary, group) {
            Err(error) if temporary != usual => {
                tracing::warn!(%error, folder = %temporary.display(), "cannot create a socket in TMPDIR, using /tmp");
                Self::bind_in(usual, group).map_err(|_| failed(temporary, error))
            }
            bound => bound.map_err(|error| failed(temporary, error)),
        }
    }

    pub(super) fn listener(&self) -> &UnixListener {
        &self.listener
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    fn bind_in(folder: &Path, group: Option<&str>) -> io::Result<Self> {
        let bound = tempfile::Builder::new()
            .prefix("plugin")
            .make_in(folder, |path| net::UnixListener::bind(path))?;
        let (listener, path) = bound.into_parts();
        admit(&path, group)?;
        listener.set_nonblocking(true)?;
        Ok(Self { listener: UnixListener::from_std(listener)?, path })
    }
}

/// Allows the owner to connect, and a group if Terraform runs the provider as another user.
fn admit(path: &Path, group: Option<&str>) -> io::Result<()> {
    let Some(group) = group else { return std::fs::set_permissions(path, Permissions::from_mode(0o600)) };
    chown(path, None, Some(group_id(group)?))?;
    std::fs::set_permissions(path, Permissions::from_mode(0o660))
}

fn group_id(group: &str) -> io::Result<u32> {
    if let Ok(id) = group.parse() {
        return Ok(id);
    }
    let unknown = || io::Error::new(io::ErrorKind::NotFound, format!("unknown group `{group}`"));
    std::fs::read_to_string("/etc/group")?.lines().find_map(|line| id_in(line, group)).ok_or_else(unknown)
}

/// A line is `name:password:id:members`.
fn id_in(line: &str, group: &str) -> Option<u32> {
    let mut fields = line.split(':');
    if fields.next()? == group { fields.nth(1)?.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn lies_where_terraform_says_and_goes_with_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let variables = [("PLUGIN_UNIX_SOCKET_DIR", folder.path().to_str().unwrap()), ("TMPDIR", "/nowhere")];
        let socket = Socket::bind(&variables.into_iter().collect()).unwrap();
        let path = socket.path().to_owned();
        assert_eq!(path.parent(), Some(folder.path()));
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        drop(socket);
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn names_the_folder_that_it_cannot_use() {
        let folder = ("PLUGIN_UNIX_SOCKET_DIR", "/nowhere/at/all");
        let error = Socket::bind(&[folder].into_iter().collect()).err().unwrap();
        assert!(error.to_string().contains("/nowhere/at/all"), "{error}");
    }

    #[tokio::test]
    async fn a_missing_or_long_folder_for_temporary_files_is_made_up_for() {
        let long = format!("/tmp/{}", "d".repeat(200));
        for folder in ["/nowhere/at/all", &long] {
            let socket = Socket::bind(&[("TMPDIR", folder)].into_iter().collect()).unwrap();
            assert_eq!(socket.path().parent(), Some(Path::new("/tmp")));
        }
    }

    #[test]
    fn finds_groups_by_name_and_number() {
        assert_eq!(id_in("staff:x:50:ann,bob", "staff"), Some(50));
        assert_eq!(id_in("staff:x:50:ann,bob", "sta"), None);
        assert_eq!(group_id("17").unwrap(), 17);
        assert!(group_id("no such group").is_err());
    }
}

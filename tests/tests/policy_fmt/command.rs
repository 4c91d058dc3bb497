//! What `nexusc fmt` does with files and streams.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;
use tests::binaries;
use tests::nexusc::nexusc;
use tests::run::Run;

const LOOSE: &str = "namespace \"a\"   {\nregions=[\"aws-us-east-1\"]# home\n}\n";
const TIDY: &str = "namespace \"a\" {\n  regions = [\"aws-us-east-1\"] # home\n}\n";
const LOOSE_JSON: &str = "{\"namespace\":{\n\"b\":{} // home\n}}";
const TIDY_JSON: &str = "{\n  \"namespace\": {\n    \"b\": {} // home\n  }\n}\n";
const BROKEN: &str = "namespace \"c\"   {\nregions=\n}\n";

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> (TempDir, Vec<PathBuf>) {
    let folder = tempfile::tempdir().expect("a folder");
    let paths: Vec<_> = files.iter().map(|(name, _)| folder.path().join(name)).collect();
    for (path, (_, text)) in paths.iter().zip(files) {
        fs::write(path, text).expect("a file");
    }
    (folder, paths)
}

#[track_caller]
fn holds(path: &Path, expected: &str) {
    assert_eq!(fs::read_to_string(path).expect("a file"), expected, "{}", path.display());
}

#[track_caller]
fn fmt(folder: &TempDir, options: &[&str]) -> Run {
    nexusc(&[&["fmt"], options, &[folder.path().to_str().expect("a path")]].concat())
}

/// Runs `nexusc fmt` with this text as its input.
#[track_caller]
fn piped(text: &[u8], options: &[&str]) -> Run {
    let mut command = Command::new(binaries::nexusc());
    command.arg("fmt").args(options).arg("-").env("NO_COLOR", "1");
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("nexusc");
    let mut input = child.stdin.take().expect("an input");
    input.write_all(text).expect("it is read");
    drop(input);
    let output = child.wait_with_output().expect("it ends");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    let (stdout, stderr) = (text(output.stdout), text(output.stderr));
    Run { what: format!("nexusc fmt {} -", options.join(" ")), code: output.status.code(), stdout, stderr }
}

#[test]
fn changes_what_is_loose_and_names_it() {
    let files = [("loose.nexus.hcl", LOOSE), ("tidy.nexus.hcl", TIDY), ("loose.nexus.json", LOOSE_JSON)];
    let (folder, paths) = folder(&files);
    let tidy = fs::metadata(&paths[1]).expect("a file").modified().expect("a time");
    let run = fmt(&folder, &[]).succeeds().says("3 files: 2 changed");
    assert_eq!(run.stdout, format!("{}\n{}\n", paths[0].display(), paths[2].display()));
    holds(&paths[0], TIDY);
    holds(&paths[2], TIDY_JSON);
    assert_eq!(
        fs::metadata(&paths[1]).expect("a file").modified().expect("a time"),
        tidy,
        "it was not touched"
    );
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 3, "no draft stays behind");
    let run = fmt(&folder, &[]).succeeds().says("3 files: 0 changed");
    assert_eq!(run.stdout, "");
}

#[test]
fn a_check_lists_and_never_writes() {
    let (folder, paths) = folder(&[("loose.nexus.hcl", LOOSE), ("tidy.nexus.hcl", TIDY)]);
    let run = fmt(&folder, &["--check"]).exits(1).says("2 files: 1 not formatted");
    assert_eq!(run.stdout, format!("{}\n", paths[0].display()));
    holds(&paths[0], LOOSE);
    let _ = fmt(&folder, &[]).succeeds();
    let run = fmt(&folder, &["--check"]).succeeds();
    assert_eq!(run.stdout, "");
}

#[test]
fn a_diff_is_what_patch_takes() {
    let files = [("a b.nexus.hcl", LOOSE), ("c.nexus.json", LOOSE_JSON), ("d.nexus.hcl", TIDY)];
    let (folder, paths) = folder(&files);
    let mut command = Command::new(binaries::nexusc());
    let run = Run::of("nexusc fmt", command.args(["fmt", "--diff"]).current_dir(folder.path())).succeeds();
    let run = run.says("--- old/a b.nexus.hcl").says("-regions=").says("+  regions = ");
    holds(&paths[0], LOOSE);
    fs::write(folder.path().join("patch"), &run.stdout).expect("a file");
    let mut git = Command::new("git");
    let _ = Run::of("git apply", git.args(["apply", "patch"]).current_dir(folder.path())).succeeds();
    holds(&paths[0], TIDY);
    holds(&paths[1], TIDY_JSON);
    let _ = fmt(&folder, &["--diff", "--check"]).succeeds();
}

#[test]
fn a_diff_that_is_checked_fails_and_is_nothing_but_the_diff() {
    let (folder, paths) = folder(&[("loose.nexus.hcl", LOOSE)]);
    let run = fmt(&folder, &["--diff", "--check"]).exits(1);
    assert!(run.stdout.starts_with("--- old/"), "{run}");
    holds(&paths[0], LOOSE);
}

#[test]
fn what_has_syntax_errors_is_left_and_reported_and_the_rest_is_formatted() {
    let files =
        [("broken.nexus.hcl", BROKEN), ("loose.nexus.hcl", LOOSE), ("broken.nexus.json", "{\"a\": }")];
    let (folder, paths) = folder(&files);
    let run = fmt(&folder, &[]).exits(1).says("broken.nexus.hcl:2:9").says("broken.nexus.json:1:7");
    let run = run.says("error[syntax]").says("3 files: 1 changed, 2 errors");
    assert_eq!(run.stdout, format!("{}\n", paths[1].display()));
    holds(&paths[0], BROKEN);
    holds(&paths[1], TIDY);
    let _ = fmt(&folder, &["--check"]).exits(1).says("error[syntax]");
}

#[test]
fn bytes_that_are_no_text_are_left_alone() {
    let (folder, _) = folder(&[]);
    let path = folder.path().join("p.nexus.hcl");
    let bytes = b"namespace   \"a\" {}\n# \xff\n";
    fs::write(&path, bytes).expect("a file");
    let _ = fmt(&folder, &[]).exits(1).says("the byte 0xFF is not valid UTF-8");
    assert_eq!(fs::read(&path).expect("a file"), bytes);
    let run = piped(bytes, &[]).exits(1).says("UTF-8").says("<stdin>:2:3");
    assert_eq!(run.stdout, "");
}

#[test]
fn standard_input_becomes_standard_output() {
    assert_eq!(piped(LOOSE.as_bytes(), &[]).succeeds().stdout, TIDY);
    assert_eq!(piped(LOOSE_JSON.as_bytes(), &[]).succeeds().stdout, TIDY_JSON);
    assert_eq!(piped(b"", &[]).succeeds().stdout, "");
    assert_eq!(piped(LOOSE.as_bytes(), &["--check"]).exits(1).stdout, "<stdin>\n");
    assert_eq!(piped(TIDY.as_bytes(), &["--check"]).succeeds().stdout, "");
    let run = piped(LOOSE.as_bytes(), &["--diff"]).succeeds().says("+++ new/<stdin>");
    let _ = run.says("+  regions");
    let run = piped(BROKEN.as_bytes(), &[]).exits(1).says("<stdin>:2:9");
    assert_eq!(run.stdout, "", "what is broken is not passed on");
    let _ = nexusc(&["fmt", "-", "examples"])
        .exits(2)
        .says("`-`, standard input, cannot be combined with other paths");
}

#[test]
fn what_cannot_be_read_or_written_is_named() {
    let (folder, paths) = folder(&[("loose.nexus.hcl", LOOSE)]);
    let mut permissions = fs::metadata(&paths[0]).expect("a file").permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&paths[0], permissions).expect("it is made read-only");
    let _ = fmt(&folder, &[]).exits(2).says("cannot write").says("loose.nexus.hcl").says("read-only");
    holds(&paths[0], LOOSE);
    let _ = nexusc(&["fmt", "no-such-folder"]).exits(2).says("cannot read `no-such-folder`");
    let _ = nexusc(&["fmt", "--bogus"]).exits(2).says("--bogus");
}

#[cfg(unix)]
#[test]
fn what_fails_is_told_and_the_rest_is_formatted() {
    use std::os::unix::fs::symlink;
    let files = ["a.nexus.hcl", "b.nexus.hcl", "c.nexus.hcl", "d.nexus.hcl"].map(|name| (name, LOOSE));
    let (folder, paths) = folder(&files);
    let mut permissions = fs::metadata(&paths[1]).expect("a file").permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&paths[1], permissions).expect("it is made read-only");
    fs::hard_link(&paths[2], folder.path().join("other")).expect("a link");
    symlink("nowhere", folder.path().join("e.nexus.hcl")).expect("a link");
    let run = fmt(&folder, &[]).exits(2).says("b.nexus.hcl`: it is read-only").says("further hard links");
    let run = run.says("cannot read `").says("e.nexus.hcl`").says("4 files: 2 changed, 3 failed");
    assert_eq!(run.stdout, format!("{}\n{}\n", paths[0].display(), paths[3].display()));
    for (path, expected) in paths.iter().zip([TIDY, LOOSE, LOOSE, TIDY]) {
        holds(path, expected);
    }
    let _ =
        fmt(&folder, &["--exclude", "[bce]*", "--exclude", "b.*", "--exclude", "c.*", "--exclude", "e.*"])
            .succeeds()
            .says("`--exclude` leaves out 3 files and folders")
            .says("warning: `--exclude [bce]*` matches nothing");
}

#[cfg(unix)]
#[test]
fn a_link_is_left_alone_and_permissions_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let (folder, paths) = folder(&[("target.nexus.hcl", LOOSE)]);
    fs::set_permissions(&paths[0], fs::Permissions::from_mode(0o640)).expect("permissions");
    let link = folder.path().join("link.nexus.hcl");
    symlink("target.nexus.hcl", &link).expect("a link");
    let _ = nexusc(&["fmt".as_ref(), link.as_os_str()]).exits(2).says("it is a symbolic link");
    assert!(link.is_symlink());
    holds(&paths[0], LOOSE);
    let _ = nexusc(&["fmt".as_ref(), paths[0].as_os_str()]).succeeds();
    holds(&paths[0], TIDY);
    let mode = fs::metadata(&paths[0]).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
}

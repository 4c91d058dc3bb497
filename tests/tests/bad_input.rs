//! Bad input and a bad world: a clear word each time, in bounded time, and nothing is lost.
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::{Duration, Instant};
use std::{fs, thread};
use tests::account::Account;
use tests::binaries;
use tests::dev::{Dev, fixture};
use tests::nexusc::{nexusc, nexusc_on};
use tests::run::Run;

/// Checks one file of this content. Whatever it holds, an answer comes within ten seconds, on a loaded machine.
#[track_caller]
fn check(name: &str, content: impl AsRef<[u8]>) -> Run {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    fs::write(&path, content).expect("a policy file");
    let _ = binaries::nexusc();
    let begin = Instant::now();
    let run = nexusc(&["check".as_ref(), path.as_os_str()]);
    assert!(begin.elapsed() < Duration::from_secs(10), "{:?} for {}", begin.elapsed(), run.what);
    assert!(
        run.stdout.len() + run.stderr.len() < 20_000,
        "{} bytes of output",
        run.stdout.len() + run.stderr.len()
    );
    run
}

#[test]
fn malformed_files_are_findings() {
    let _ =
        check("p.nexus.hcl", "account { id = }\n").exits(1).says("error[syntax]").says("p.nexus.hcl:1:16");
    let _ = check("p.nexus.hcl", "}}}}").exits(1).says("error[syntax]");
    let _ = check("p.nexus.hcl", "\0\0\0").exits(1).says("error[syntax]");
    let _ = check("p.nexus.json", "{\"account\": {\"id\": }}")
        .exits(1)
        .says("error[syntax]")
        .says("p.nexus.json:1:20");
    let _ = check("p.nexus.json", "[]").exits(1).says("error[");
    let _ = check("p.nexus.json", "").exits(1).says("error[syntax]");
    let _ = check("p.nexus.json", "{\"account\": 7, \"namespace\": [], \"endpoint\": null}")
        .exits(1)
        .says("error[");
    let _ = check("p.nexus.hcl", "").exits(1).says("the policy has no `account` block");
}

#[test]
fn a_line_of_a_million_characters_is_read_and_not_shown() {
    let long = "x".repeat(1_000_000);
    let _ = check("p.nexus.hcl", format!("account {{ id = \"{long}\" }}\n")).exits(0);
    let _ = check("p.nexus.hcl", &long).exits(1).says("error[syntax]");
    let _ = check("p.nexus.hcl", format!("account {{ id = \"a2dd6\", {long} = 1 }}")).exits(1).says("error[");
    let _ = check("p.nexus.json", format!("{{\"account\": {{\"id\": \"a2dd6\", \"{long}\": 1}}}}"))
        .exits(1)
        .says("error[");
}

#[test]
fn ten_thousand_brackets_do_not_overflow_anything() {
    for bracket in ["[", "{", "(", "!", "-", "${", "\"${", "a[", "f("] {
        let nested = bracket.repeat(10_000);
        let _ = check("p.nexus.hcl", format!("account {{ id = {nested} }}\n")).exits(1).says("error[");
    }
    for nested in ["[".repeat(10_000), "{\"a\":".repeat(10_000), format!("\"{}\"", "${[".repeat(10_000))] {
        let _ =
            check("p.nexus.json", format!("{{\"account\": {{\"id\": {nested}}}}}")).exits(1).says("error[");
        let _ = check("p.nexus.json", &nested).exits(1).says("error[");
    }
    let _ = check("p.nexus.hcl", "a {\n".repeat(10_000)).exits(1).says("error[");
}

#[test]
fn bytes_that_are_no_text_are_a_finding() {
    let run = check("p.nexus.hcl", b"account { id = \"a2dd6\" }\nuser \"\xff\xfe\" { }\n");
    let _ = run.exits(1).says("error[syntax]").says("p.nexus.hcl:2:7").says("UTF-8");
    let _ = check("p.nexus.json", b"{\"account\": {\"id\": \"\xff\"}}").exits(1).says("error[syntax]");
}

#[test]
fn what_cannot_be_read_is_said_with_another_exit_code() {
    let _ = nexusc(&["check", "no/such/policy"]).exits(2).says("cannot read `no/such/policy`");
    let empty = tempfile::tempdir().expect("a folder");
    let _ = nexusc(&["check".as_ref(), empty.path().as_os_str()]).exits(2).says("has no policy files");
    let _ = nexusc(&["check", "README.md"]).exits(2).says("neither `.hcl` nor `.json`");
}

/// A variable that is not UTF-8 would otherwise be ignored, and another value taken.
#[cfg(unix)]
#[test]
fn a_variable_of_the_environment_that_is_not_utf8_is_refused() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let value = OsStr::from_bytes(b"\xff");
    let check = |name: &str| {
        let mut command = tests::nexusc::command();
        command.arg("check").arg(fixture("tiny.nexus.hcl")).env(name, value);
        Run::of("nexusc check", &mut command)
    };
    for name in ["NEXUSC_VAR_queue", "TEMPORAL_CLOUD_API_KEY"] {
        let message = format!("error: the environment variable `{name}` is not UTF-8");
        let _ = check(name).exits(2).says(&message).says("help: set it to UTF-8 text");
    }
    let _ = check("OTHER").succeeds();
}

#[cfg(unix)]
#[test]
fn a_variable_file_may_be_a_pipe_or_standard_input() {
    let folder = tempfile::tempdir().expect("a folder");
    let policy = "variable \"id\" { type = string }\naccount { id = var.id }\n";
    fs::write(folder.path().join("p.nexus.hcl"), policy).expect("a policy file");
    let nexusc = binaries::nexusc().display().to_string();
    for script in [
        "$N check --var-file <(echo 'id = \"a2dd6\"') .",
        "echo 'id = \"a2dd6\"' | $N check --var-file /dev/stdin .",
        "mkfifo v.pipe; echo 'id = \"a2dd6\"' > v.pipe & $N check --var-file v.pipe .",
        "echo 'id = \"a2dd6\"' > v; $N check --var-file /dev/stdin . < v",
    ] {
        let mut bash = std::process::Command::new("bash");
        bash.args(["-c", script]).env("N", &nexusc).current_dir(folder.path());
        let _ = Run::of(script, &mut bash).succeeds().says("no findings");
    }
    for option in ["--account", "--var-file"] {
        let run = nexusc_at(folder.path(), &["check", option, "/dev/zero", "."]);
        assert!(run.code != Some(0), "{run}");
        let _ = run.says("is larger than 64 MiB");
    }
    for command in [&["access", "--matrix", "/dev/zero"] as &[&str], &["apply", "--plan", "/dev/zero"]] {
        let _ = nexusc_at(folder.path(), command).exits(2).says("it is larger than 64 MiB");
    }
    let _ = nexusc_at(folder.path(), &["test", "-"])
        .exits(2)
        .says("only `nexusc check` and `nexusc fmt` read standard input");
}

#[cfg(unix)]
fn nexusc_at(folder: &std::path::Path, arguments: &[&str]) -> Run {
    let mut command = tests::nexusc::command();
    Run::of(arguments.join(" "), command.args(arguments).current_dir(folder))
}

#[test]
fn what_is_excluded_is_not_read_and_deletes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("a policy file");
    write("p.nexus.hcl", "account { id = \"a2dd6\" }\n");
    write("other.nexus.hcl", "account { id = \"b2dd6\" }\n");
    let path = folder.path().display().to_string();
    let _ = nexusc(&["check", &path]).exits(1).says("duplicate-name");
    let _ = nexusc(&["check", "--exclude", "other.nexus.hcl", &path])
        .succeeds()
        .says("`--exclude` leaves out 1 file or folder");
    let _ = nexusc(&["check", "--exclude", "nothing", &path])
        .exits(1)
        .says("warning: `--exclude nothing` matches nothing");
    let _ = nexusc(&["apply", "--plan", "x.json", "--exclude", "x"]).exits(2).says("without a policy");
}

#[test]
fn a_wrong_or_missing_key_is_said_without_showing_it() {
    let dev = Dev::start(&fixture("tiny.nexus.hcl"));
    let policy = fixture("tiny.nexus.hcl").display().to_string();
    let with_key = |key: &str| {
        let mut command = std::process::Command::new(binaries::nexusc());
        command.args(["plan", &policy]).envs(dev.environment(key));
        Run::of("nexusc plan", &mut command)
    };
    let _ = with_key("tmprl_wrong_secret")
        .exits(2)
        .says("request not authenticated")
        .never_says("tmprl_wrong_secret");
    let _ = with_key("not\na header").exits(2).says("error:").never_says("a header");
    let _ = nexusc(&["plan", &policy]).exits(2).says("TEMPORAL_CLOUD_API_KEY");
}

#[test]
fn a_registry_that_is_down_is_named() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("its address").to_string();
    drop(listener);
    let run = plan_against(&address);
    let _ = run.exits(2).says(&address).says("error:");
}

#[test]
fn a_registry_that_answers_nonsense_is_not_believed() {
    let page = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 21\r\nConnection: close\r\n\r\n<html>Log in!</html>\n";
    let numbers = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n42";
    let empty = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
    for answer in [page, numbers, empty, "SSH-2.0-OpenSSH\r\n", ""] {
        let address = answering(answer);
        let _ = plan_against(&address).exits(2).says("error:").never_says("panicked");
    }
}

#[test]
fn a_scheme_that_contradicts_the_setting_is_refused() {
    let mut command = std::process::Command::new(binaries::nexusc());
    command.args(["plan", "--allow-insecure", "--registry", "https://127.0.0.1:1", "examples/acme"]);
    command.current_dir(binaries::root()).env("TEMPORAL_CLOUD_API_KEY", "key");
    let _ = Run::of("nexusc plan", &mut command).exits(2).says("https").says("insecure");
}

#[test]
fn a_refused_apply_changes_nothing() {
    let dev = Dev::start(&fixture("tiny.nexus.hcl"));
    let before = Account::of(&dev, "user.owner").endpoints();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("p.nexus.hcl");
    fs::write(&path, "account { id = \"tiny1\" }\nendpoint \"storage\" {\n  worker_target = {\n")
        .expect("a file");
    let _ =
        nexusc_on(&dev, "user.owner", &["apply".as_ref(), path.as_os_str()]).exits(1).says("error[syntax]");
    assert_eq!(Account::of(&dev, "user.owner").endpoints(), before);
}

#[track_caller]
fn plan_against(address: &str) -> Run {
    let mut command = std::process::Command::new(binaries::nexusc());
    command.args(["plan", "--allow-insecure", "--registry", address, "examples/acme"]);
    command.current_dir(binaries::root()).env("TEMPORAL_CLOUD_API_KEY", "key");
    Run::of(format!("nexusc plan --registry {address}"), &mut command)
}

/// A server that reads something and gives the same answer to everyone.
fn answering(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("its address").to_string();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    address
}

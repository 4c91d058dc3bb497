use super::*;
use std::fmt::Write;

/// Writes `files` into a fresh directory, loads `paths` of it and shows what was read, one file a line, then findings.
#[track_caller]
fn check(files: &[(&str, &[u8])], paths: &[&str], expected: &str) {
    let directory = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    assert_eq!(shown(directory.path(), paths), expected);
}

fn shown(root: &Path, paths: &[&str]) -> String {
    let paths: Vec<_> = paths.iter().map(|path| root.join(path)).collect();
    let (mut sources, mut findings) = (Sources::default(), Findings::new());
    let result = read(&paths, &mut sources, &mut findings);
    let mut shown = String::new();
    for (_, file) in sources.iter() {
        writeln!(shown, "{}: {}", file.path(), file.text()).unwrap();
    }
    for finding in findings {
        let span = finding.span.unwrap();
        let place = sources.get(span.file).unwrap().place(span.start);
        writeln!(shown, "{} {}:{} {}", finding.code, place.line, place.column, finding.message).unwrap();
    }
    if let Err(error) = result {
        writeln!(shown, "{error}").unwrap();
    }
    shown.replace(&format!("{}/", root.display()), "")
}

#[test]
fn reads_a_directory_recursively_and_sorted() {
    let files: &[(&str, &[u8])] =
        &[("p/b.nexus.hcl", b"2"), ("p/a/z.nexus.json", b"1"), ("p/c.hcl", b"-"), ("p/d.txt", b"-")];
    check(files, &["p"], "p/a/z.nexus.json: 1\np/b.nexus.hcl: 2\n");
}

#[test]
fn takes_a_named_file_by_its_extension_and_each_file_once() {
    let files: &[(&str, &[u8])] = &[("c.hcl", b"1"), ("d.json", b"2")];
    check(files, &["d.json", "c.hcl", "./c.hcl"], "d.json: 2\nc.hcl: 1\n");
    check(files, &["c.hcl", "x"], "c.hcl: 1\ncannot read `x`: No such file or directory (os error 2)\n");
    check(&[("a.txt", b"")], &["a.txt"], "`a.txt` is neither `.hcl` nor `.json`\n");
}

#[test]
fn refuses_a_directory_without_a_policy() {
    let expected = "`p` has no policy files (`*.nexus.hcl`, `*.nexus.json`)\n";
    check(&[("p/a.hcl", b"")], &["p"], expected);
}

#[test]
fn reports_the_first_byte_that_is_not_utf8() {
    let expected = "a.hcl: x\n  ü\u{fffd}y\u{fffd}\nsyntax 2:4 the byte 0xE9 is not valid UTF-8\n";
    check(&[("a.hcl", b"x\n  \xc3\xbc\xe9y\xff")], &["a.hcl"], expected);
}

#[test]
fn refuses_a_file_that_is_too_large() {
    let directory = tempfile::tempdir().unwrap();
    fs::File::create(directory.path().join("a.hcl")).unwrap().set_len(FILE_LIMIT + 1).unwrap();
    assert_eq!(shown(directory.path(), &["a.hcl"]), "a.hcl: \ntoo-large 1:1 `a.hcl` is larger than 64 MiB\n");
}

#[cfg(unix)]
#[test]
fn survives_cyclic_links() {
    use std::os::unix::fs::symlink;
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    fs::create_dir(root.join("p")).unwrap();
    fs::write(root.join("p/a.nexus.hcl"), "1").unwrap();
    symlink(root.join("p"), root.join("p/again")).unwrap();
    symlink(root.join("p/nowhere"), root.join("p/gone")).unwrap();
    symlink(root.join("p/a.nexus.hcl"), root.join("p/b.nexus.hcl")).unwrap();
    assert_eq!(shown(root, &["p"]), "p/a.nexus.hcl: 1\n");
}

#[cfg(unix)]
#[test]
fn passes_over_locks_of_editors_and_refuses_what_is_no_file() {
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    fs::create_dir(root.join("p")).unwrap();
    fs::write(root.join("p/a.nexus.hcl"), "1").unwrap();
    symlink("ana@host.1234", root.join("p/.#a.nexus.hcl")).unwrap();
    assert_eq!(shown(root, &["p"]), "p/a.nexus.hcl: 1\n");
    let _socket = UnixListener::bind(root.join("p/b.nexus.hcl")).unwrap();
    assert_eq!(shown(root, &["p"]), "cannot read `p/b.nexus.hcl`: it is not a regular file\n");
}

#[cfg(unix)]
#[test]
fn refuses_links_that_lead_out_of_a_directory() {
    use std::os::unix::fs::symlink;
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    fs::create_dir_all(root.join("p/inner")).unwrap();
    fs::create_dir(root.join("out")).unwrap();
    fs::write(root.join("p/a.nexus.hcl"), "1").unwrap();
    fs::write(root.join("p/inner/text"), "2").unwrap();
    fs::write(root.join("out/b.nexus.hcl"), "secret").unwrap();
    symlink("inner/text", root.join("p/near.nexus.hcl")).unwrap();
    symlink("inner/text", root.join("p/nearer.nexus.hcl")).unwrap();
    symlink("../out/b.nexus.hcl", root.join("p/no-policy")).unwrap();
    let within = "p/a.nexus.hcl: 1\np/near.nexus.hcl: 2\n";
    assert_eq!(shown(root, &["p"]), within);
    for target in ["../out/b.nexus.hcl", "../out", "..", "/"] {
        symlink(target, root.join("p/far.nexus.hcl")).unwrap();
        let refused = "`p/far.nexus.hcl` is a symbolic link out of `p`, which is not followed\n";
        assert_eq!(shown(root, &["p"]), refused, "{target}");
        fs::remove_file(root.join("p/far.nexus.hcl")).unwrap();
    }
    symlink("out/b.nexus.hcl", root.join("link.hcl")).unwrap();
    symlink("p", root.join("folder")).unwrap();
    assert_eq!(shown(root, &["link.hcl"]), "link.hcl: secret\n", "what is named itself may be a link");
    assert_eq!(shown(root, &["folder"]), within.replace("p/", "folder/"));
}

/// The paths in the policy of the files that `paths` name.
fn in_policy(files: &[&str], paths: &[&str]) -> Vec<String> {
    let directory = tempfile::tempdir().unwrap();
    for name in files {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "").unwrap();
    }
    let paths: Vec<_> = paths.iter().map(|path| directory.path().join(path)).collect();
    let mut sources = Sources::default();
    read(&paths, &mut sources, &mut Findings::new()).unwrap();
    sources.iter().map(|(_, file)| file.path_in_policy().to_owned()).collect()
}

#[test]
fn a_path_in_the_policy_does_not_depend_on_how_the_policy_is_named() {
    let files = ["nexus/account.nexus.hcl", "nexus/endpoints/all.nexus.hcl", "other/x"];
    let expected = ["account.nexus.hcl", "endpoints/all.nexus.hcl"];
    for paths in [
        &["nexus"] as &[&str],
        &["nexus/"],
        &["nexus/."],
        &["nexus/../nexus"],
        &["./other/../nexus"],
        &["nexus/account.nexus.hcl", "nexus/endpoints"],
        &["nexus/account.nexus.hcl", "nexus/endpoints/all.nexus.hcl"],
        &["nexus/account.nexus.hcl", "other/../nexus/endpoints/./all.nexus.hcl"],
        &["nexus/account.nexus.hcl", "nexus"],
    ] {
        assert_eq!(in_policy(&files, paths), expected, "{paths:?}");
    }
    assert_eq!(in_policy(&files, &["nexus/endpoints/all.nexus.hcl"]), ["all.nexus.hcl"]);
    let apart = ["a/x/p.nexus.hcl", "a/y/q.nexus.hcl"];
    assert_eq!(in_policy(&apart, &["a/x", "a/y"]), ["x/p.nexus.hcl", "y/q.nexus.hcl"]);
}

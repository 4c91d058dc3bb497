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
    shown_without(root, paths, &[])
}

fn shown_without(root: &Path, paths: &[&str], excluded: &[&str]) -> String {
    let paths: Vec<_> = paths.iter().map(|path| root.join(path)).collect();
    let (mut sources, mut findings) = (Sources::default(), Findings::new());
    let excluded: Vec<_> =
        excluded.iter().map(|pattern| pattern.replace("ROOT", &root.display().to_string())).collect();
    let exclusions = Exclusions::new(&excluded);
    let selection = Selection { paths: &paths, beside: &paths, exclusions: &exclusions, input: None };
    let result = read(selection, &mut sources, &mut findings);
    let mut shown = String::new();
    for (_, file) in sources.iter() {
        writeln!(shown, "{}: {}", file.path(), file.text()).unwrap();
    }
    for finding in findings {
        let span = finding.span.unwrap();
        let place = sources.get(span.file).unwrap().place(span.start);
        writeln!(shown, "{} {}:{} {}", finding.code, place.line, place.column, finding.message).unwrap();
    }
    match result {
        Ok(excluded) if excluded.count > 0 || !excluded.unused.is_empty() => {
            writeln!(shown, "{} excluded, unused: {:?}", excluded.count, excluded.unused).unwrap();
        }
        Ok(_) => (),
        Err(error) => {
            writeln!(shown, "{error}").unwrap();
            error.help().into_iter().for_each(|help| writeln!(shown, "help: {help}").unwrap());
        }
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
    let help = "help: name a folder, or policy files (`*.nexus.hcl`, `*.nexus.json`)\n";
    check(&[("a.txt", b"")], &["a.txt"], &format!("`a.txt` is neither `.hcl` nor `.json`\n{help}"));
    let help = "help: rename it: the extension of a policy file is in lower case\n";
    check(&[("P.HCL", b"")], &["P.HCL"], &format!("`P.HCL` is neither `.hcl` nor `.json`\n{help}"));
}

#[test]
fn refuses_a_directory_without_a_policy() {
    let expected = "`p` has no policy files (`*.nexus.hcl`, `*.nexus.json`)\n";
    check(&[("p/a.hcl", b"")], &["p"], expected);
}

#[test]
fn reads_hidden_files_and_folders_only_if_named() {
    let files: &[(&str, &[u8])] = &[
        ("p/a.nexus.hcl", b"1"),
        ("p/.terraform/modules/b.nexus.hcl", b"2"),
        ("p/._a.nexus.hcl", b"3"),
        (".git/c.nexus.hcl", b"4"),
    ];
    check(files, &["p"], "p/a.nexus.hcl: 1\n");
    check(files, &["p/.terraform"], "p/.terraform/modules/b.nexus.hcl: 2\n");
    check(files, &["p", "p/._a.nexus.hcl"], "p/a.nexus.hcl: 1\np/._a.nexus.hcl: 3\n");
    check(files, &[".git/.", "p/../.git"], ".git/./c.nexus.hcl: 4\n");
    let only_hidden: &[(&str, &[u8])] = &[("p/.x/a.nexus.hcl", b"1")];
    let expected = "`p` has no policy files (`*.nexus.hcl`, `*.nexus.json`)\nhelp: hidden files and folders are read only \
        if named, such as `p/.x`\n";
    check(only_hidden, &["p"], expected);
}

/// As in a mounted ConfigMap of Kubernetes.
#[cfg(unix)]
#[test]
fn follows_links_to_hidden_files_and_folders() {
    use std::os::unix::fs::symlink;
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    fs::create_dir_all(root.join("p/..2026/deep")).unwrap();
    fs::write(root.join("p/..2026/a.nexus.hcl"), "1").unwrap();
    fs::write(root.join("p/..2026/deep/b.nexus.hcl"), "2").unwrap();
    symlink("..2026", root.join("p/..data")).unwrap();
    symlink("..data/a.nexus.hcl", root.join("p/a.nexus.hcl")).unwrap();
    symlink(".", root.join("p/..2026/again")).unwrap();
    assert_eq!(shown(root, &["p"]), "p/a.nexus.hcl: 1\n");
    symlink("..data/deep", root.join("p/deep")).unwrap();
    symlink("..data", root.join("p/all")).unwrap();
    let shown = shown(root, &["p"]);
    assert_eq!((shown.matches(": 1").count(), shown.matches(": 2").count()), (1, 1), "{shown}");
}

#[test]
fn refuses_the_name_of_a_policy_file_in_another_case() {
    let files: &[(&str, &[u8])] = &[("p/a.nexus.hcl", b"1"), ("p/P.NEXUS.HCL", b"2")];
    let expected = "p/a.nexus.hcl: 1\n`p/P.NEXUS.HCL` has the name of a policy file, but not in lower case\n\
        help: rename it in UTF-8, with the extension in lower case, or leave it out with `--exclude`\n";
    check(files, &["p"], expected);
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("a.nexus.hcl"), "1").unwrap();
    fs::write(directory.path().join("P.Nexus.Hcl"), "2").unwrap();
    let expected = "./a.nexus.hcl: 1\n1 excluded, unused: []\n";
    assert_eq!(shown_without(directory.path(), &["."], &["P.*"]), expected);
}

#[cfg(unix)]
#[test]
fn refuses_a_policy_file_whose_name_is_not_utf8() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    for name in [b"p\xff.nexus.hcl".as_slice(), b"\xff/p.nexus.json"] {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(OsStr::from_bytes(name));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        if fs::write(&path, "1").is_err() {
            return; // The file system takes no such names.
        }
        let shown = shown(directory.path(), &["."]);
        assert!(shown.contains("has the name of a policy file, but its path is not UTF-8"), "{shown}");
    }
}

#[test]
fn leaves_out_what_is_excluded() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    for name in ["p/a.nexus.hcl", "p/old/b.nexus.hcl", "p/x/old/c.nexus.hcl", "p/x/d.nexus.json"] {
        fs::create_dir_all(root.join(name).parent().unwrap()).unwrap();
        fs::write(root.join(name), "").unwrap();
    }
    #[track_caller]
    fn check(root: &Path, excluded: &[&str], expected: &str) {
        assert_eq!(shown_without(root, &["p"], excluded), expected);
    }
    let all = "p/a.nexus.hcl: \np/old/b.nexus.hcl: \np/x/d.nexus.json: \np/x/old/c.nexus.hcl: \n";
    check(root, &[], all);
    check(root, &["old"], "p/a.nexus.hcl: \np/x/d.nexus.json: \n2 excluded, unused: []\n");
    check(
        root,
        &["old/", "nowhere"],
        "p/a.nexus.hcl: \np/x/d.nexus.json: \n2 excluded, unused: [\"nowhere\"]\n",
    );
    check(root, &["x/*"], "p/a.nexus.hcl: \np/old/b.nexus.hcl: \n2 excluded, unused: []\n");
    check(root, &["ROOT/p/x"], "p/a.nexus.hcl: \np/old/b.nexus.hcl: \n1 excluded, unused: []\n");
    let one = "p/a.nexus.hcl: \np/old/b.nexus.hcl: \np/x/old/c.nexus.hcl: \n1 excluded, unused: []\n";
    check(root, &["*.nexus.json"], one);
    check(root, &["?"], "p/a.nexus.hcl: \np/old/b.nexus.hcl: \n1 excluded, unused: []\n");
    let none = "`p` has no policy files (`*.nexus.hcl`, `*.nexus.json`)\nhelp: remove `--exclude`, which matches all of them\n";
    check(root, &["*"], none);
    let named = shown_without(root, &["p/a.nexus.hcl", "p/x/d.nexus.json"], &["d.*"]);
    assert_eq!(named, "p/a.nexus.hcl: \n1 excluded, unused: []\n");
}

/// What is excluded from the policy is excluded from the policy that it is compared with.
#[test]
fn a_path_is_excluded_in_the_base_too() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    for name in ["head/a.nexus.hcl", "head/old/b.nexus.hcl", "base/a.nexus.hcl", "base/old/b.nexus.hcl"] {
        fs::create_dir_all(root.join(name).parent().unwrap()).unwrap();
        fs::write(root.join(name), "").unwrap();
    }
    let exclusions = Exclusions::new(&[root.join("head/old").display().to_string()]);
    let (head, base) = ([root.join("head")], [root.join("base")]);
    let mut sources = Sources::default();
    let selection = Selection { paths: &base, beside: &head, exclusions: &exclusions, input: None };
    let excluded = read(selection, &mut sources, &mut Findings::new()).unwrap();
    assert_eq!((excluded.count, sources.iter().count()), (1, 1));
}

#[cfg(unix)]
#[test]
fn a_named_pipe_and_a_device_are_read_up_to_the_limit() {
    use std::os::unix::fs::symlink;
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    let pipe = root.join("p.hcl");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let writer = std::thread::spawn(move || fs::write(pipe, "through").unwrap());
    assert_eq!(shown(root, &["p.hcl"]), "p.hcl: through\n");
    writer.join().unwrap();
    symlink("/dev/zero", root.join("z.hcl")).unwrap();
    assert_eq!(shown(root, &["z.hcl"]), "z.hcl: \ntoo-large 1:1 `z.hcl` is larger than 64 MiB\n");
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
    let expected = "p/a.nexus.hcl: 1\ncannot read `p/b.nexus.hcl`: it is not a regular file\n";
    assert_eq!(shown(root, &["p"]), expected);
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
        assert_eq!(shown(root, &["p"]), format!("{within}{refused}"), "{target}");
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
    read(&*paths, &mut sources, &mut Findings::new()).unwrap();
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

//! Files that hold passwords and are named as if they were part of a policy: by a link in a folder, by a link or a file that is
//! named, by a hard link, and as the file of an option. Nothing of their values is in what any command prints.
#![cfg(unix)]
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use tests::dev::Dev;
use tests::nexusc::{nexusc, nexusc_on};
use tests::run::Run;

/// What every value of the files holds that must not be seen.
const SECRET: &str = "s3cr3t";

const FILES: [(&str, &str); 15] = [
    (
        ".env",
        "AWS_ACCESS_KEY_ID=AKIAs3cr3t\nexport AWS_SECRET_ACCESS_KEY=s3cr3t/abc+def\nPASSWORD='s3cr3t'\nTOKEN=\"s3cr3t\"\n",
    ),
    ("plain.env", "PASSWORD=\"s3cr3t\"\nTOKEN=s3cr3t\n"),
    (".npmrc", "//registry.example.com/:_authToken=npm_s3cr3t\n_auth = s3cr3t==\nalways-auth=true\n"),
    (
        ".netrc",
        "machine api.example.com login s3cr3t-me password s3cr3t\nmachine b.example.com\n  login s3cr3t\n",
    ),
    (
        "credentials.tfrc.json",
        "{\n  \"credentials\": {\n    \"app.terraform.io\": { \"token\": \"s3cr3t.atlasv1.abc\" }\n  }\n}\n",
    ),
    (".terraformrc", "credentials \"app.terraform.io\" { token = \"s3cr3t.atlasv1\" }\n"),
    ("token", "ghp_s3cr3tABCDEFGHIJKLMNOP\n"),
    (".git-credentials", "https://s3cr3t-me:s3cr3t@git.example.com\n"),
    (".curlrc", "user \"me:s3cr3t\"\nheader = \"Authorization: Bearer s3cr3t\"\n"),
    (
        "kubeconfig",
        "apiVersion: v1\nkind: Config\nusers:\n- name: me\n  user:\n    token: s3cr3t\n    client-key-data: s3cr3t==\n",
    ),
    (
        "kubeconfig.json",
        "{\"apiVersion\": \"v1\", \"users\": [{\"name\": \"me\", \"user\": {\"token\": \"s3cr3t\"}}], \"namespace\": \"s3cr3t\"}",
    ),
    ("shadow", "root:$6$s3cr3t$abc/s3cr3t.:19000:0:99999:7:::\nme:$y$s3cr3t:19000::::::\n"),
    (
        "key.pem",
        "-----BEGIN PRIVATE KEY-----\nMIIEvs3cr3tQIBADANBgkqhkiG9w0s3cr3t\ns3cr3t+/=\n-----END PRIVATE KEY-----\n",
    ),
    ("aws.ini", "[default]\naws_access_key_id = AKIAs3cr3t\naws_secret_access_key = s3cr3t/abc\n"),
    (
        "service-account.json",
        "{\n  \"type\": \"service_account\",\n  \"project_id\": \"s3cr3t\",\n  \"private_key\": \"-----BEGIN PRIVATE KEY-----\\ns3cr3t\\n\",\n  \"client_email\": \"s3cr3t@example.com\"\n}\n",
    ),
];

const POLICY: &str = r#"
account { id = "a2dd6" }

variable "queue" {
  type    = string
  default = "q"
}

namespace "orders-prod" {
  regions = ["aws-us-east-1"]
}

service_account "ci" {
  account_access   = "developer"
  namespace_access = { orders-prod = "admin" }
}

endpoint "orders" {
  worker_target             = { namespace = namespace.orders-prod, task_queue = var.queue }
  allowed_caller_namespaces = [namespace.orders-prod]
}
"#;

/// The commands that read a policy, whose paths go to their end.
const COMMANDS: [&[&str]; 15] = [
    &["check"],
    &["check", "--format", "json"],
    &["plan"],
    &["plan", "--format", "json"],
    &["apply"],
    &["diff", "--format", "json", "--base", "SOUND"],
    &["diff", "--base"],
    &["test", "--format", "json"],
    &["test"],
    &["access"],
    &["graph"],
    &["export", "authorizer"],
    &["adopt", "--account", "ACCOUNT"],
    &["fmt", "--diff"],
    &["dev", "--listen", "127.0.0.1:0", "--seed"],
];

struct Scene {
    folder: TempDir,
}

impl Scene {
    /// A sound policy in `policy`, and the files in `elsewhere`.
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let scene = Self { folder };
        for name in ["policy", "elsewhere", "named"] {
            fs::create_dir(scene.at(name)).expect("a folder");
        }
        scene.write("policy/policy.nexus.hcl", POLICY);
        FILES.iter().for_each(|(name, text)| scene.write(&format!("elsewhere/{name}"), text));
        scene
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.at(name), text).expect("a file");
    }

    /// A command with these paths at its end.
    fn words(&self, command: &[&str], paths: &[PathBuf]) -> Vec<String> {
        let shown = |path: &Path| path.to_string_lossy().into_owned();
        let word = |word: &&str| match *word {
            "SOUND" => shown(&self.at("policy")),
            "ACCOUNT" => shown(&self.at("account.json")),
            word => word.to_owned(),
        };
        command.iter().map(word).chain(paths.iter().map(|path| shown(path))).collect()
    }
}

/// Nothing of a file is said, and something is.
#[track_caller]
fn check(run: Run) -> Run {
    assert!(!run.stdout.contains(SECRET) && !run.stderr.contains(SECRET), "{run}");
    run
}

#[test]
fn a_link_in_a_folder_is_refused() {
    let scene = Scene::new();
    let dev = Dev::start(&scene.at("policy"));
    for extension in ["hcl", "json"] {
        for (name, _) in FILES {
            let link = scene.at(&format!("policy/link.nexus.{extension}"));
            symlink(format!("../elsewhere/{name}"), &link).expect("a link");
            let run = check(nexusc(&scene.words(&["check"], &[scene.at("policy")])).exits(2));
            let _ = run.says("policy/link.nexus.").says("is a symbolic link out of");
            fs::remove_file(link).expect("the link goes");
        }
    }
    scene.write("elsewhere/env.nexus.hcl", "TOKEN=s3cr3t\n");
    for target in ["../elsewhere/env.nexus.hcl", "../elsewhere"] {
        let link = scene.at("policy/link.nexus.hcl");
        symlink(target, &link).expect("a link");
        for command in COMMANDS.iter().filter(|command| command.last() != Some(&"ACCOUNT")) {
            let paths = match command.first() {
                Some(&"diff") => vec![scene.at("policy"), scene.at("policy")],
                _ => vec![scene.at("policy")],
            };
            let run = check(nexusc_on(&dev, "service_account.ci", &scene.words(command, &paths)));
            assert!(run.code.is_some_and(|code| code == 1 || code == 2), "{run}");
            let _ = run.says("policy/link.nexus.hcl` is a symbolic link out of");
        }
        fs::remove_file(link).expect("the link goes");
    }
}

/// Links and hard links to all files, under names of policies.
fn named(scene: &Scene) -> Vec<PathBuf> {
    let mut named = Vec::new();
    for (at, (name, _)) in FILES.iter().enumerate() {
        for extension in ["hcl", "json"] {
            let [link, hard] =
                ["link", "hard"].map(|kind| scene.at(&format!("named/{kind}{at}.nexus.{extension}")));
            symlink(format!("../elsewhere/{name}"), &link).expect("a link");
            fs::hard_link(scene.at(&format!("elsewhere/{name}")), &hard).expect("a hard link");
            named.extend([link, hard]);
        }
    }
    named
}

#[test]
fn a_file_that_is_named_is_not_quoted() {
    let scene = Scene::new();
    let dev = Dev::start(&scene.at("policy"));
    let account = nexusc_on(&dev, "service_account.ci", &["snapshot"]).succeeds().stdout;
    scene.write("account.json", &account);
    let named = named(&scene);
    let sound = scene.at("policy");
    for path in &named {
        for command in [&["check"][..], &["check", "--format", "json"]] {
            let run = check(nexusc(&scene.words(command, &[path.clone(), sound.clone()])).exits(1));
            let _ = run.says("not a policy");
        }
        let _ = check(nexusc(&scene.words(&["fmt", "--diff"], std::slice::from_ref(path))));
    }
    let all: Vec<_> = named.iter().filter(|path| path.to_string_lossy().contains("hard")).cloned().collect();
    for command in COMMANDS {
        let run = check(nexusc_on(&dev, "service_account.ci", &scene.words(command, &all)));
        assert!(run.code.is_some_and(|code| code == 1 || code == 2) || command.contains(&"--base"), "{run}");
    }
    let folder = [scene.at("named")];
    let _ = check(nexusc(&scene.words(&["fmt", "--check"], &folder)).exits(2));
    for (name, text) in FILES {
        let kept = fs::read_to_string(scene.at(&format!("elsewhere/{name}"))).expect("the file");
        assert_eq!(kept, text);
    }
}

#[test]
fn the_file_of_an_option_is_not_quoted() {
    let scene = Scene::new();
    let dev = Dev::start(&scene.at("policy"));
    for (name, text) in FILES {
        let bare = scene.at(&format!("elsewhere/{name}"));
        scene.write("elsewhere/copy.json", text);
        for path in [bare, scene.at("elsewhere/copy.json")] {
            let file = path.to_string_lossy().into_owned();
            let policy = scene.at("policy").to_string_lossy().into_owned();
            let refused = [
                nexusc(&["check", "--account", &file, &policy]).exits(2),
                nexusc(&["adopt", "--account", &file]).exits(2),
                nexusc(&["access", "--matrix", &file]).exits(2),
                nexusc_on(&dev, "service_account.ci", &["apply", "--plan", &file]).exits(1),
                nexusc(&["dev", "--listen", "127.0.0.1:0", "--tls-cert", &file, "--tls-key", &file]),
            ];
            refused.into_iter().for_each(|run| drop(check(run)));
            for command in [&["check"][..], &["check", "--format", "json"], &["access"], &["test"]] {
                let words = [command, &["--var-file", &file, &policy]].concat();
                let _ = check(nexusc(&words));
            }
        }
    }
}

#[test]
fn fmt_writes_through_no_link() {
    let scene = Scene::new();
    let loose = "locals {\nx=1\n}\n";
    scene.write("elsewhere/loose.hcl", loose);
    scene.write("named/loose.txt", loose);
    scene.write("named/b.nexus.hcl", loose);
    symlink("loose.txt", scene.at("named/a.nexus.hcl")).expect("a link");
    symlink("elsewhere/loose.hcl", scene.at("link.hcl")).expect("a link");
    let run = nexusc(&scene.words(&["fmt"], &[scene.at("named"), scene.at("link.hcl")])).exits(2);
    let run = run
        .says("named/a.nexus.hcl`: it is a symbolic link")
        .says("link.hcl`: it is a symbolic link")
        .says("1 changed");
    assert_eq!(run.stdout.lines().count(), 1, "{run}");
    let read = |name: &str| fs::read_to_string(scene.at(name)).expect("a file");
    assert_eq!([read("elsewhere/loose.hcl"), read("named/loose.txt")], [loose; 2]);
    assert_eq!(read("named/b.nexus.hcl"), "locals {\n  x = 1\n}\n");
}

#[test]
fn files_without_end_are_refused_at_once() {
    let scene = Scene::new();
    let large = scene.at("large");
    fs::File::create(&large).expect("a file").set_len(600 << 20).expect("a large file");
    let dev = Dev::start(&scene.at("policy"));
    let (large, policy) = (large.to_string_lossy(), scene.at("policy"));
    let policy = policy.to_string_lossy();
    for file in ["/dev/zero", &large] {
        let start = std::time::Instant::now();
        for words in [
            &["check", "--account", file, &policy][..],
            &["access", "--matrix", file],
            &["apply", "--plan", file],
            &["adopt", "--account", file],
        ] {
            let run = nexusc_on(&dev, "service_account.ci", words).says("it is larger than 64 MiB");
            assert_ne!(run.code, Some(0), "{run}");
        }
        let _ = nexusc(&["check", "--var-file", file, &policy]).exits(1).says("larger than 64 MiB");
        assert!(start.elapsed() < std::time::Duration::from_secs(60), "{:?}", start.elapsed());
    }
    let pipe = scene.at("named/pipe.nexus.hcl");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo").success());
    for (path, why) in
        [(pipe, "it is a pipe without a writer"), (scene.at("named"), "it is not a regular file")]
    {
        for command in [&["check"][..], &["fmt"]] {
            let _ = nexusc(&scene.words(command, std::slice::from_ref(&path))).exits(2).says(why);
        }
    }
}

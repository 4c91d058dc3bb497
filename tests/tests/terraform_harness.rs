//! The tests' own ground: which Terraforms there are, and that they behave as the command line does.

use tests::terraform::Terraform;

#[test]
fn the_packaged_terraform_is_1_15_5() {
    let versions: Vec<_> = Terraform::all().iter().map(|terraform| terraform.version.as_str()).collect();
    assert_eq!(versions.first(), Some(&"1.15.5"), "{versions:?}");
}

#[test]
fn the_terraform_on_path_is_used_too() {
    let on_path = std::process::Command::new("terraform").args(["version", "-json"]).output();
    let Ok(on_path) = on_path else { return };
    let said = String::from_utf8_lossy(&on_path.stdout).into_owned();
    let used = |terraform: &Terraform| said.contains(&format!("\"{}\"", terraform.version));
    assert!(Terraform::all().iter().any(used), "`terraform` on PATH says {said}");
}

#[test]
fn an_opentofu_is_used_where_there_is_one() {
    let named = std::env::var_os("TOFU").filter(|path| !path.is_empty());
    let on_path = std::process::Command::new("tofu").arg("version").output().is_ok();
    let used = Terraform::all().iter().filter(|terraform| terraform.is_tofu()).count();
    assert_eq!(used, usize::from(named.is_some() || on_path));
}

#[test]
fn every_terraform_plans_applies_and_destroys() {
    for terraform in Terraform::all() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let main = "variable \"text\" { default = \"old\" }\nresource \"terraform_data\" \"it\" { input = var.text }\n";
        std::fs::write(folder.path().join("main.tf"), main).expect("a file in a temporary folder");
        let run = |arguments: &[&str]| {
            let what = format!("{} {}", terraform.name(), arguments.join(" "));
            let mut command = terraform.command();
            command.current_dir(folder.path()).env("HOME", folder.path()).env("TF_VAR_text", "blue");
            tests::run::Run::of(what, command.args(arguments))
        };

        run(&["plan", "-no-color", "-detailed-exitcode"]).exits(2).says("1 to add");
        run(&["apply", "-no-color", "-auto-approve"]).succeeds().says("1 added");
        run(&["plan", "-no-color", "-detailed-exitcode"]).exits(0).says("No changes");
        run(&["show", "-json"]).succeeds().says("\"input\":\"blue\"");
        run(&["apply", "-no-color", "nowhere"]).exits(1).says("nowhere");
        run(&["destroy", "-no-color", "-auto-approve"]).succeeds().says("1 destroyed");
    }
}

//! Whether Terraform destroys, according to its command line. Before it plans a destroy, Terraform makes a normal plan to
//! refresh. An error in that plan would prevent the destroy, and no request says that it is such a plan.

use std::fs;

use super::Run;

/// The arguments of Terraform's command line; empty if they are not known.
#[derive(Clone, Debug, Default)]
pub(crate) struct Invocation(Vec<String>);

impl Invocation {
    /// The command line of the process that started this one.
    pub(crate) fn of(run: &Run) -> Self {
        let words = run.parent.map(words).unwrap_or_default();
        Self(words)
    }

    /// Whether it is `terraform destroy`, or a plan or apply with `-destroy`.
    pub(crate) fn destroys(&self) -> bool {
        let command = self.0.iter().skip(1).find(|word| !word.starts_with('-') && is_command(word));
        command.is_some_and(|word| word == "destroy")
            || self.0.iter().any(|word| {
                matches!(word.trim_start_matches('-'), "destroy" | "destroy=true") && word.starts_with('-')
            })
    }
}

fn is_command(word: &str) -> bool {
    matches!(word, "plan" | "apply" | "destroy" | "refresh" | "import" | "test" | "query")
}

fn words(process: u32) -> Vec<String> {
    let bytes = fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
    let words = bytes.split(|byte| *byte == 0).filter(|word| !word.is_empty());
    words.map(|word| String::from_utf8_lossy(word).into_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, destroys: bool) {
        let words = line.split(' ').map(str::to_owned).collect();
        assert_eq!(Invocation(words).destroys(), destroys, "{line}");
    }

    #[test]
    fn a_destroy_is_told_by_the_command_or_its_flag() {
        check("terraform destroy -auto-approve", true);
        check("tofu -chdir=prod apply -destroy", true);
        check("python3 terraform.py plan -destroy=true -out=p", true);
        check("terraform apply destroy.tfplan", false);
        check("terraform apply -target=null_resource.destroy", false);
        check("terraform plan destroy", false);
        check("", false);
    }
}

//! Prints a story so that it can be read and run by hand.

use crate::hcl;
use crate::story::{Command, PlanOf, Step, Story};
use std::fmt;

impl fmt::Display for Story {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            out,
            "nexusc dev --control --seed tests/fixtures/stories.nexus.hcl {}",
            self.registry.join(" ")
        )?;
        for outside in &self.before {
            writeln!(out, "others: {outside:?}")?;
        }
        for (number, step) in self.steps.iter().enumerate() {
            writeln!(out, "--- step {}", number + 1)?;
            write!(out, "{step}")?;
        }
        writeln!(out, "--- end")?;
        for outside in &self.ending {
            writeln!(out, "others: {outside:?}")?;
        }
        writeln!(out, "$ terraform destroy")
    }
}

impl fmt::Display for Step {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for outside in &self.outside {
            writeln!(out, "others: {outside:?}")?;
        }
        if let Some(fault) = self.fault {
            writeln!(out, "fault: {fault}")?;
        }
        let text = hcl::write(&self.configuration, &|name| format!("id of {name}"));
        write!(out, "{}", text.strip_prefix(tests::workspace::PROVIDER).unwrap_or(&text))?;
        let parallelism = self.parallelism;
        match &self.command {
            Command::Apply => writeln!(out, "$ terraform apply -parallelism={parallelism}"),
            Command::ApplyWithoutRefresh => {
                writeln!(out, "$ terraform apply -refresh=false -parallelism={parallelism}")
            }
            Command::Replace(address) => {
                writeln!(out, "$ terraform apply '-replace={address}' -parallelism={parallelism}")
            }
            Command::Target(address) => {
                writeln!(out, "$ terraform apply '-target={address}' -parallelism={parallelism}")
            }
            Command::SavedPlan(outside) => {
                writeln!(out, "$ terraform plan -out=saved")?;
                for outside in outside {
                    writeln!(out, "others: {outside:?}")?;
                }
                writeln!(out, "$ terraform apply -parallelism={parallelism} saved")
            }
            Command::Interrupt(after) => {
                writeln!(
                    out,
                    "$ terraform apply -parallelism={parallelism}, SIGINT {after} ms after the first change"
                )
            }
            Command::Plans(times, PlanOf::Apply) => writeln!(out, "$ terraform plan, {times} times"),
            Command::Plans(times, PlanOf::Destroy) => {
                writeln!(out, "$ terraform plan -destroy, {times} times")
            }
        }
    }
}

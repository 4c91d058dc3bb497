//! A thousand Endpoints on a real Temporal server: times and calls, which a pass-through before the server counts.
//!
//!     cargo bench -p tests --bench self_hosted [-- plain | terraform | nexusc]
//!
//! `plain`: what the server alone needs, asked by a client that sends the same calls and nothing else, as many at once.
//! `terraform`, `nexusc`: apply, plan with nothing to do, plan and apply after a change made by the `temporal` CLI, and
//! `terraform destroy`. Servers know no limit of Endpoints, only one of those in a page.
//!
//! Release builds on two cores, server 1.32.0: a plain client makes 1,000 in 47 s one by one, in 1.3 s eight at once, and lists
//! them in 0.13 s; `nexusc apply` takes 1.3 s, its plan 0.15 s, a changed one 0.2 s. Terraform, built without optimisation on a
//! busy machine: 1.15.5 and 1.11.4 take 51 s and 59 s to apply, 17 s and 11 s for a plan, 80 s and 55 s to destroy. A plan of 1,000
//! takes three pages of Endpoints and one of Namespaces. Machines in use make these longer, never the number of calls larger.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench prints, and fails by panicking")]

#[path = "self_hosted/plain.rs"]
mod plain;

use tests::many::{self, Step};
use tests::server::Server;
use tests::terraform::Terraform;

const ENDPOINTS: usize = 1000;
/// Pages that they are, when 500 are asked for at a time: a full one is followed by another, be it empty.
const PAGES: usize = 3;
/// Terraform plans and applies in two processes, each of which lists.
const MOST_LISTS: usize = 2 * PAGES;

fn main() {
    let asked: Vec<_> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let wanted = |name: &str| asked.is_empty() || asked.iter().any(|asked| asked == name);
    let server = || Server::start(&[many::TARGET]);
    if wanted("plain") {
        for at_once in [1, 8, 10] {
            report(
                &format!("a plain client, {at_once} at once"),
                &plain::life(&server(), ENDPOINTS, at_once),
            );
        }
    }
    if wanted("nexusc") {
        let steps = many::with_nexusc(&server(), ENDPOINTS);
        report("nexusc, 8 at once", &steps);
        steps.iter().for_each(holds);
    }
    if wanted("terraform") {
        for terraform in Terraform::all() {
            let steps = many::with_terraform(terraform, &server(), ENDPOINTS);
            report(&format!("{}, 10 at once", terraform.name()), &steps);
            steps.iter().for_each(holds);
        }
    }
}

fn report(who: &str, steps: &[Step]) {
    println!("{who}");
    for Step { what, time, calls } in steps {
        let calls: Vec<_> = calls.iter().map(|(method, count)| format!("{count} {method}")).collect();
        println!("  {what:<20} {:>8.2} s  {}", time.as_secs_f64(), calls.join(", "));
    }
}

/// However many Endpoints there are, a command lists them, and asks for those alone that it changes.
fn holds(step: &Step) {
    let writes = ["Create", "Update", "Delete"].map(|verb| step.calls(&format!("{verb}NexusEndpoint")));
    let (lists, reads) = (step.calls("ListNexusEndpoints"), step.calls("GetNexusEndpoint"));
    assert!(lists <= MOST_LISTS, "{step:?}");
    assert!(reads <= writes.iter().sum(), "{step:?}");
    assert!(step.calls("ListNamespaces") + step.calls("DescribeNamespace") <= 2, "{step:?}");
}

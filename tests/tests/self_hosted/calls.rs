//! What is asked of a server, counted on the way there: as much as there is to do, and a few lists. The bench `self_hosted`
//! does the same with a thousand Endpoints.

use crate::scene::NAMESPACES;
use tests::many::{self, Step};
use tests::server::Server;
use tests::terraform::Terraform;

const ENDPOINTS: usize = 40;

/// A server whose operators allow shorter pages than we ask for: 40 Endpoints are two pages, and one question too many.
const SHORT_PAGES: [&str; 2] = ["limit.endpointListMaxPageSize=25", "limit.endpointListDefaultPageSize=25"];

/// What a command with Terraform lists.
const LISTED: [(&str, usize); 2] = [("ListNamespaces", 1), ("ListNexusEndpoints", 1)];
/// Those of `nexusc` where pages are short: one that was refused, and two.
const LISTED_SHORT: [(&str, usize); 3] =
    [("GetClusterInfo", 1), ("ListNamespaces", 1), ("ListNexusEndpoints", 3)];

#[track_caller]
fn check(step: &Step, lists: &[(&str, usize)], more: &[(&str, usize)]) {
    let expected = lists.iter().chain(more).map(|(method, count)| ((*method).to_owned(), *count));
    assert_eq!(step.calls, expected.collect(), "{}", step.what);
}

#[test]
fn terraform_asks_for_lists_and_for_what_it_changes() {
    for terraform in Terraform::all() {
        let steps = many::with_terraform(terraform, &Server::start(&NAMESPACES), ENDPOINTS);
        let [applied, nothing, planned, put_back, destroyed] = &steps[..] else { panic!("{steps:?}") };
        // It plans and applies in two processes, and looks at Namespaces and names in both.
        let twice = LISTED.map(|(method, count)| (method, 2 * count));
        check(applied, &twice, &[("CreateNexusEndpoint", ENDPOINTS)]);
        check(nothing, &LISTED, &[]);
        check(planned, &LISTED, &[]);
        check(put_back, &LISTED, &[("GetNexusEndpoint", 1), ("UpdateNexusEndpoint", 1)]);
        // The server does not compare versions on a deletion: each is read just before.
        let deleted = [("GetNexusEndpoint", ENDPOINTS), ("DeleteNexusEndpoint", ENDPOINTS)];
        // Older ones plan deletions before they read what is there, so that the provider looks at it once more.
        let lists = if terraform.at_least(1, 12) { LISTED } else { twice };
        check(destroyed, &lists, &deleted);
    }
}

#[test]
fn nexusc_asks_for_lists_and_for_what_it_changes() {
    let steps = many::with_nexusc(&Server::with(&NAMESPACES, &SHORT_PAGES), ENDPOINTS);
    let [applied, nothing, planned, put_back] = &steps[..] else { panic!("{steps:?}") };
    // An apply lists the Endpoints for its plan, and once more before the first write.
    let empty = [("GetClusterInfo", 1), ("ListNamespaces", 1), ("ListNexusEndpoints", 3)];
    let again = [("GetClusterInfo", 1), ("ListNamespaces", 1), ("ListNexusEndpoints", 5)];
    check(applied, &empty, &[("CreateNexusEndpoint", ENDPOINTS)]);
    check(nothing, &LISTED_SHORT, &[]);
    check(planned, &LISTED_SHORT, &[]);
    check(put_back, &again, &[("GetNexusEndpoint", 1), ("UpdateNexusEndpoint", 1)]);
}

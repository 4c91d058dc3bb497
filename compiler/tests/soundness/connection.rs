//! Private connections: those that an account has rules for, and those that a policy declares.

use crate::case::{managers, numbers};
use proptest::collection::{btree_map, btree_set};
use proptest::option::weighted;
use proptest::prelude::*;
use registry::RuleKind;
use schema::privatelink::PrivateConnection;
use std::collections::{BTreeMap, BTreeSet};

/// A connection, by its place in [`CONNECTIONS`].
pub struct Connection {
    pub region: &'static str,
    pub id: &'static str,
    pub project: Option<&'static str>,
}

/// One id is in two regions, and the last two are one connection with two projects.
pub const CONNECTIONS: [Connection; 6] = [
    Connection { region: "aws-us-east-1", id: "vpce-0123456789abcdef0", project: None },
    Connection { region: "aws-us-east-1", id: "vpce-0123456789abcdef1", project: None },
    Connection { region: "aws-us-east-1", id: "vpce-01234567", project: None },
    Connection { region: "aws-eu-west-1", id: "vpce-0123456789abcdef0", project: None },
    Connection { region: "gcp-us-central1", id: "31415926535", project: Some("acme-one") },
    Connection { region: "gcp-us-central1", id: "31415926535", project: Some("acme-two") },
];

/// A `privatelink` block, whose connection is its number.
#[derive(Clone, Debug, Default)]
pub struct Link {
    pub namespaces: BTreeSet<u8>,
    pub keep_public: bool,
    pub allow_public_lockout: bool,
    pub managed_by: Option<usize>,
    /// Whether it may name Namespaces of other regions.
    pub is_astray: bool,
}

/// The rules that an account has, with the Namespaces that they are attached to.
#[derive(Clone, Debug)]
pub struct Attached {
    pub rules: BTreeMap<u8, BTreeSet<u8>>,
    pub public: Option<BTreeSet<u8>>,
}

pub fn rules() -> impl Strategy<Value = Attached> {
    let private = weighted(0.5, btree_map(0..6_u8, btree_set(0..5_u8, 0..4), 1..4));
    let public = weighted(0.4, btree_set(0..5_u8, 0..4));
    (private, public).prop_map(|(private, public)| Attached { rules: private.unwrap_or_default(), public })
}

pub fn links() -> impl Strategy<Value = BTreeMap<u8, Link>> {
    let number = prop_oneof![8 => 0..4_u8, 1 => 4..6_u8];
    weighted(0.45, btree_map(number, link(), 1..3)).prop_map(Option::unwrap_or_default)
}

fn link() -> impl Strategy<Value = Link> {
    let often = |often| proptest::bool::weighted(often);
    let namespaces = btree_set(numbers(), 0..4);
    let managed_by = managers(0.1);
    (namespaces, often(0.5), often(0.5), managed_by, often(0.1)).prop_map(
        |(namespaces, keep_public, allow_public_lockout, managed_by, is_astray)| Link {
            namespaces,
            keep_public,
            allow_public_lockout,
            managed_by,
            is_astray,
        },
    )
}

impl Connection {
    /// The rule that lets it in.
    pub fn rule(&self) -> RuleKind {
        RuleKind::Private(PrivateConnection {
            region: self.region.to_owned(),
            connection_id: self.id.to_owned(),
            gcp_project_id: self.project.map(str::to_owned),
        })
    }
}

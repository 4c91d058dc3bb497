//! Reading what is written gives what evaluating it gives, at the same price.

use super::*;
use crate::document::{Block, Document};
use crate::evaluate::{Given, Place};
use crate::lower::conform::{Entry, conform_all};
use crate::syntax;
use schema::diagnostic::{Code, Findings};
use schema::name::AccountId;
use schema::source::Sources;

const POLICY: &str = r#"namespace "orders-prod" {
  regions = ["aws-us-east-1", "aws-us-west-2"]
  auth    = ["mtls"]
  tags    = { team = "orders", "cost centre" = "7" }
  codec   = { mode = "kms", key = "k", decrypts = ["j"] }
}
namespace "named" {
  name    = "refunds-prod"
  regions = []
  tags    = {}
}
endpoint "orders" {
  description               = "Orders."
  worker_target             = { namespace = namespace.orders-prod, task_queue = "q" }
  allowed_caller_namespaces = ["orders-prod", namespace.named, "refunds-prod.a2dd6"]
}
endpoint "refunds" {
  worker_target             = { namespace = "refunds-prod", task_queue = "q" }
  allowed_caller_namespaces = []
}
privatelink "hub" {
  region        = "aws-us-east-1"
  connection_id = "vpce-0123456789abcdef0"
  namespaces    = [namespace.orders-prod]
  keep_public   = true
}
user "ana@acme.example" { account_access = "read" }
"#;

/// Calls `visit` with each attribute of the policy.
fn for_each_attribute(visit: impl Fn(&Document, &Names, &Block, &'static Attribute, &Expr)) {
    let mut sources = Sources::default();
    sources.add("policy.nexus.hcl", POLICY);
    let document = syntax::parse(&sources, &mut Findings::new());
    let given = Given::new();
    let account: Option<AccountId> = "a2dd6".parse().ok();
    let evaluator = Evaluator::new(&document, &given);
    let names = Names::of(&document, &evaluator, account, Backend::Cloud, None, &mut Findings::new());
    for block in &document.blocks {
        let table = schema::block::block(&block.kind).unwrap();
        for attribute in block.attributes.iter().filter(|attribute| *attribute.name != *"name") {
            let known = table.attribute(&attribute.name).unwrap();
            visit(&document, &names, block, known, &attribute.value);
        }
    }
}

#[test]
fn what_is_read_is_what_would_be_evaluated() {
    for_each_attribute(|document, names, block, known, expr| {
        let (given, mut findings) = (Given::new(), Findings::new());
        let evaluator = Evaluator::new(document, &given);
        let (field, _) = Reading { names, backend: Backend::Cloud }.field(expr, known.of).unwrap();
        let mut read = Fields::default();
        read.give(known.name, field);
        let (at, value) = (Place::from(expr.span), evaluator.value(expr, None, &mut findings));
        let entries = vec![Entry { name: known.name, at, known: Some(known), value }];
        let (table, kind) = (std::slice::from_ref(known), &*block.kind);
        let mut evaluated =
            conform_all(Fields::default(), entries, table, Backend::Cloud, kind, block.span, &mut findings);
        assert_eq!(shown(&mut read, known, names), shown(&mut evaluated, known, names));
        assert!(findings.is_empty(), "{findings:?}");
    });
}

/// All that a block takes from an attribute.
fn shown(fields: &mut Fields, known: &Attribute, names: &Names) -> String {
    let (name, place, mut findings) = (known.name, fields.place(known.name), Findings::new());
    let shown = match known.of {
        Type::Namespaces => {
            let listed = fields.take_namespaces(name, names, Code::DanglingCaller, &mut findings);
            format!("{listed:?}")
        }
        Type::Object(table) => {
            let (inner, place) = fields.object(name).unwrap();
            let given = table.iter().filter(|known| inner.given(known.name));
            let shown = given.map(|known| simple(inner, known, names, &mut findings));
            format!("{place:?} {:?}", shown.collect::<Vec<_>>())
        }
        _ => simple(fields, known, names, &mut findings),
    };
    format!("{place:?} {shown} {findings:?}")
}

fn simple(fields: &Fields, known: &Attribute, names: &Names, findings: &mut Findings) -> String {
    let name = known.name;
    match known.of {
        Type::Namespace => {
            format!("{:?}", fields.namespace(name, names, Code::DanglingTarget, findings))
        }
        Type::Texts | Type::Words(_) => format!("{:?}", fields.texts(name).collect::<Vec<_>>()),
        Type::TextMap => format!("{:?}", fields.text_map(name).collect::<Vec<_>>()),
        _ => format!("{:?} {}", fields.text(name), fields.is_on(name)),
    }
}

#[test]
fn reading_is_paid_for_as_evaluating_is() {
    for_each_attribute(|document, names, _, known, expr| {
        let given = Given::new();
        let [read, evaluated] = [(); 2].map(|()| Evaluator::new(document, &given));
        let reading = Reading { names, backend: Backend::Cloud };
        assert!(reading.attribute(expr, known, &read).is_some());
        evaluated.value(expr, None, &mut Findings::new());
        assert_eq!(read.spent(), evaluated.spent(), "{}", known.name);
    });
}

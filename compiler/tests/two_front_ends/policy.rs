//! Policies as neither format has them, and how they are made: mostly sound, now and then with a name or a type wrong.

use crate::expression::{expressions, templates};
use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;
use std::collections::BTreeSet;

/// A value as it is written.
#[derive(Clone, Debug)]
pub enum Value {
    Null,
    Bool(bool),
    Number(String),
    /// A string that is meant literally.
    Text(String),
    /// A string with templates, in the words of both formats.
    Template(String),
    /// An expression.
    Expr(String),
    /// The type of a variable.
    Type(String),
    List(Vec<Value>),
    Object(Vec<(String, Value)>),
}

/// One block.
#[derive(Clone, Debug)]
pub struct Block {
    pub kind: &'static str,
    pub label: Option<String>,
    /// Of `removed`, the name of the object.
    pub second: Option<String>,
    pub ignore: Option<&'static str>,
    pub attributes: Vec<(String, Value)>,
}

/// A policy, and a number that decides how it is written.
#[derive(Clone, Debug)]
pub struct Policy {
    pub blocks: Vec<Block>,
    pub style: u64,
}

impl Policy {
    /// Two policies, each with whole kinds of blocks.
    pub fn split(&self, kinds: u8) -> (Self, Self) {
        let left = |block: &Block| (kinds >> (block.kind.len() % 8)) & 1 == 0;
        let (left, right) = self.blocks.iter().cloned().partition(left);
        (Self { blocks: left, style: self.style }, Self { blocks: right, style: self.style })
    }
}

type Values = BoxedStrategy<Value>;
type Members = BoxedStrategy<Vec<(String, Value)>>;

/// Policies of one account.
pub fn policies() -> impl Strategy<Value = Policy> {
    let blocks = vec(
        prop_oneof![
            3 => block("namespace", &["orders", "payments", "risk", "n-4", "Über"], namespace()),
            1 => block("user", &["ana@acme.example", "bo@acme.example", "nobody"], principal()),
            2 => block("service_account", &["ci", "deploy"], principal()),
            1 => block("group", &["admins", "devs"], group()),
            7 => block("endpoint", &["cart", "pay", "ship", "mail", "risk", "9$"], endpoint()),
            3 => block("allowlist", &["one", "two", "three"], allowlist()),
            1 => block("privatelink", &["hub"], privatelink()),
            1 => removed(),
            1 => rare_blocks(),
        ],
        2..13,
    );
    let declared = [
        block("namespace", &["orders"], namespace()),
        block("namespace", &["payments"], namespace()),
        block("namespace", &["risk"], namespace()),
        block("service_account", &["ci"], principal()),
        block("user", &["ana@acme.example"], principal()),
        block("group", &["admins"], group()),
    ];
    let declared = declared.map(|block| weighted(0.97, block)).to_vec();
    let doubles = prop_oneof![9 => Just(false), 1 => Just(true)];
    let fixed = (account(), locals(), variables(), weighted(0.2, lint()));
    (fixed, declared, blocks, doubles, any::<u64>()).prop_map(|(fixed, declared, blocks, doubles, style)| {
        let (account, locals, variables, lint) = fixed;
        let mut all = vec![account, locals];
        all.extend(variables);
        all.extend(lint);
        all.extend(declared.into_iter().flatten());
        all.extend(blocks);
        let mut seen = BTreeSet::new();
        all.retain(|it| {
            let is_new = seen.insert((it.kind, it.label.clone(), it.second.clone()));
            is_new || (doubles && it.label.is_some())
        });
        Policy { blocks: all, style }
    })
}

fn block(kind: &'static str, labels: &'static [&'static str], attributes: Members) -> BoxedStrategy<Block> {
    let ignore =
        weighted(0.1, select(&["unused-namespace", "no-callers", "dangling-caller", "unproven"][..]));
    (select(labels), ignore, attributes)
        .prop_map(move |(label, ignore, attributes)| Block {
            kind,
            label: Some(label.to_owned()),
            second: None,
            ignore,
            attributes,
        })
        .boxed()
}

fn removed() -> BoxedStrategy<Block> {
    let kinds = block("removed", &["endpoint", "endpoint", "privatelink", "namespace"], members(vec![]));
    let names = select(&["cart", "pay", "gone", "vpce-0123456789abcdef0", "9$", ""][..]);
    (kinds, names).prop_map(|(block, name)| Block { second: Some(name.to_owned()), ..block }).boxed()
}

fn rare_blocks() -> BoxedStrategy<Block> {
    prop_oneof![
        block("endpiont", &["cart"], endpoint()),
        block("guard", &["all"], members(vec![("each", 9, text(&["call"]))])),
    ]
    .boxed()
}

/// Attributes, each there in so many of ten cases, and now and then one that no block has or a value that fits nowhere.
fn members(fields: Vec<(&'static str, u8, Values)>) -> Members {
    let fields: Vec<_> = fields
        .into_iter()
        .map(|(name, often, value)| {
            let value = prop_oneof![200 => value, 1 => anything()];
            weighted(
                (f64::from(often) / 10.0).clamp(0.02, 0.999),
                value.prop_map(move |value| (name.to_owned(), value)),
            )
            .boxed()
        })
        .collect();
    let unknown = weighted(0.004, anything().prop_map(|value| ("colour".to_owned(), value)));
    (fields, unknown)
        .prop_map(|(known, unknown)| known.into_iter().flatten().chain(unknown).collect())
        .boxed()
}

fn object(fields: Vec<(&'static str, u8, Values)>) -> Values {
    members(fields).prop_map(Value::Object).boxed()
}

fn account() -> BoxedStrategy<Block> {
    let number =
        || select(&["0", "1", "2", "100", "1.0", "-1", "1e2"][..]).prop_map(|it| Value::Number(it.into()));
    let limits =
        object(vec![("endpoints", 5, number().boxed()), ("callers_per_endpoint", 5, number().boxed())]);
    let apply_as = prop_oneof![principal_name(), expr(&["service_account.ci", "group.admins"])].boxed();
    let ignore = object(vec![("endpoints", 8, list(text(&["legacy-*", ""])))]);
    let attributes = members(vec![
        ("id", 10, prop_oneof![30 => text(&["a2dd6"]), 1 => text(&["NO", "b1", "${x}"])].boxed()),
        ("language", 3, expr(&["1"])),
        ("apply_as", 4, apply_as),
        ("limits", 3, limits),
        ("ignore", 2, ignore),
        ("unmanaged", 2, text(&["keep", "delete", "erase"])),
        ("backend", 1, text(&["cloud", "self_hosted"])),
    ]);
    attributes
        .prop_map(|attributes| Block { kind: "account", label: None, second: None, ignore: None, attributes })
        .boxed()
}

fn locals() -> BoxedStrategy<Block> {
    let attributes = members(vec![
        ("regions", 10, prop_oneof![list(region()), expr(&["[var.region]", "[\"aws-us-east-1\"]"])].boxed()),
        ("names", 10, prop_oneof![list(text(NAMESPACES)), expr(&["toset([\"orders\", \"risk\"])"])].boxed()),
        ("tags", 10, prop_oneof![tags(), expr(&["{ for n in [\"a\", \"b\"] : n => lower(n) }"])].boxed()),
        ("flag", 10, expr(&["true", "local.text == \"x\"", "var.queue != null"])),
        ("text", 10, prop_oneof![20 => text(&["x"]), 1 => text(&["y\"\n${z}"]), 1 => template()].boxed()),
        ("extra", 1, prop_oneof![anything(), expr(&["local.other", "[for x in local.names : x]"])].boxed()),
        ("other", 1, expr(&["local.extra", "local.text"])),
    ]);
    attributes
        .prop_map(|attributes| Block { kind: "locals", label: None, second: None, ignore: None, attributes })
        .boxed()
}

fn variables() -> BoxedStrategy<Vec<Block>> {
    let kind = |text: &'static [&'static str]| select(text).prop_map(|it| Value::Type(it.into())).boxed();
    let queue = members(vec![
        ("type", 5, kind(&["string", "any", "list(string)", "strnig"])),
        ("default", 9, text(&["q", "jobs"])),
        ("description", 2, text(&["the queue"])),
    ]);
    let callers = members(vec![
        (
            "type",
            5,
            kind(&["list(string)", "set(string)", "list(any)", "map(string)", "object({ a = number })"]),
        ),
        ("default", 9, list(text(NAMESPACES))),
    ]);
    let region = members(vec![("type", 5, kind(&["string"])), ("default", 10, region())]);
    let variable = |label: &str, attributes: Vec<(String, Value)>| Block {
        kind: "variable",
        label: Some(label.to_owned()),
        second: None,
        ignore: None,
        attributes,
    };
    (queue, callers, region)
        .prop_map(move |(queue, callers, region)| {
            vec![variable("queue", queue), variable("callers", callers), variable("region", region)]
        })
        .boxed()
}

fn lint() -> BoxedStrategy<Block> {
    let level = || text(&["off", "note", "warning", "error", "loud"]);
    let attributes = members(vec![
        ("unused-namespace", 5, level()),
        ("no-callers", 5, level()),
        ("dangling-caller", 1, level()),
    ]);
    attributes
        .prop_map(|attributes| Block { kind: "lint", label: None, second: None, ignore: None, attributes })
        .boxed()
}

const NAMESPACES: &[&str] = &["orders", "payments", "risk"];

fn namespace() -> Members {
    let regions = prop_oneof![2 => list(region()), 1 => expr(&["local.regions", "namespace.orders.regions"])];
    let codec = object(vec![
        ("mode", 10, text(&["none", "kms", "shared_key", "wrapper"])),
        ("key", 7, text(&["k1", "k2"])),
        ("decrypts", 5, list(text(&["k1", "k2"]))),
    ]);
    members(vec![
        ("regions", 10, regions.boxed()),
        ("auth", 2, list(text(&["mtls", "api_key"]))),
        ("tags", 3, prop_oneof![tags(), expr(&["local.tags", "merge(local.tags, { a = \"b\" })"])].boxed()),
        ("codec", 1, codec),
        ("name", 1, names()),
        ("for_each", 1, for_each()),
    ])
}

fn principal() -> Members {
    let access = object(vec![
        ("orders", 5, text(&["admin", "write", "read"])),
        ("payments", 5, text(&["admin"])),
        ("ghost", 1, text(&["read", "king"])),
    ]);
    let scoped = object(vec![("namespace", 10, namespace_use()), ("permission", 10, text(&["admin"]))]);
    members(vec![
        ("account_access", 9, text(&["owner", "admin", "developer", "read", "metrics_read"])),
        ("namespace_access", 5, access),
        ("namespace_scoped_access", 0, scoped),
    ])
}

fn group() -> Members {
    let members_list = list(
        prop_oneof![text(&["ana@acme.example", "user.bo@acme.example"]), expr(&["user.nobody"])].boxed(),
    );
    (principal(), weighted(0.8, members_list))
        .prop_map(|(mut members, users)| {
            members.extend(users.map(|users| ("members".to_owned(), users)));
            members
        })
        .boxed()
}

fn endpoint() -> Members {
    let queue = prop_oneof![text(&["q", "jobs", ""]), expr(&["var.queue"]), template()].boxed();
    let target = object(vec![("namespace", 10, namespace_use()), ("task_queue", 10, queue)]);
    let external = object(vec![("url", 10, text(&["https://a.example", "ftp://b"]))]);
    let single = members(vec![
        ("worker_target", 10, target),
        ("external_target", 1, external),
        ("description", 3, prop_oneof![text(&["", "what it \"is\"\n"]), template()].boxed()),
        ("allowed_caller_namespaces", 7, callers()),
        ("managed_by", 2, prop_oneof![principal_name(), list(principal_name())].boxed()),
        ("renamed_from", 1, text(&["old", "cart"])),
    ]);
    let repeated = weighted(0.3, (for_each(), names()));
    (single, repeated)
        .prop_map(|(mut members, repeated)| {
            if let Some((for_each, name)) = repeated {
                members.push(("for_each".to_owned(), for_each));
                members.push(("name".to_owned(), name));
            }
            members
        })
        .boxed()
}

fn allowlist() -> Members {
    let endpoint = prop_oneof![
        text(&["cart", "pay", "cart-eu", "ghost"]),
        expr(&["endpoint.pay", "endpoint.cart[\"eu\"]", "endpoint.cart"])
    ];
    members(vec![
        ("endpoint", 10, endpoint.boxed()),
        ("callers", 10, callers()),
        ("reason", 3, template()),
        ("expires", 4, text(&["2026-06-14", "2026-06-20", "2027-01-01", "soon"])),
    ])
}

fn privatelink() -> Members {
    members(vec![
        ("region", 10, region()),
        ("connection_id", 10, text(&["vpce-0123456789abcdef0", "vpce-1"])),
        ("namespaces", 10, list(namespace_use())),
        ("keep_public", 3, expr(&["true", "local.flag"])),
        ("allow_public_lockout", 3, expr(&["true"])),
    ])
}

fn namespace_use() -> Values {
    prop_oneof![
        4 => text(NAMESPACES),
        1 => text(&["orders.a2dd6", "payments.a2dd6", "orders.zz999", "ghost"]),
        4 => expr(&["namespace.orders", "namespace.payments", "namespace[\"risk\"]"]),
        1 => expr(&["each.value", "namespace.ghost"]),
        1 => template(),
    ]
    .boxed()
}

fn callers() -> Values {
    let computed = expr(&[
        "local.names",
        "var.callers",
        "[for name in local.names : name if name != \"risk\"]",
        "[for name in local.names : namespace[name]]",
        "concat(local.names, [\"orders\"])",
        "[namespace.orders, namespace.risk][*]",
        "local.flag ? [namespace.orders] : []",
    ]);
    prop_oneof![3 => list(namespace_use()), 1 => computed].boxed()
}

fn for_each() -> Values {
    prop_oneof![
        expr(&[
            "toset([\"eu\", \"us\"])",
            "toset(local.names)",
            "local.tags",
            "{ for name in local.names : name => name }",
            "local.names",
            "{}",
        ]),
        Just(Value::Object(vec![
            ("eu".to_owned(), Value::Text("orders".to_owned())),
            ("us".to_owned(), Value::Expr("local.text".to_owned())),
        ])),
    ]
    .boxed()
}

fn names() -> Values {
    let template = select(
        &["cart-${each.key}", "${each.key}", "fixed", "n-${upper(each.key)}", "${namespace.orders.name}"][..],
    );
    template.prop_map(|text| Value::Template(text.to_owned())).boxed()
}

fn tags() -> Values {
    object(vec![("team", 7, text(&["a", "b"])), ("env", 5, template()), ("x.y", 2, text(&["1"]))])
}

fn region() -> Values {
    prop_oneof![60 => text(&["aws-us-east-1", "aws-eu-west-1"]), 1 => text(&["mars"]), 9 => expr(&["var.region"])].boxed()
}

fn principal_name() -> Values {
    text(&["service_account.ci", "user.ana@acme.example", "group.admins", "user.ghost@acme.example", "ci"])
}

fn text(of: &'static [&'static str]) -> Values {
    select(of).prop_map(|text| Value::Text(text.to_owned())).boxed()
}

fn expr(of: &'static [&'static str]) -> Values {
    prop_oneof![60 => select(of).prop_map(str::to_owned), 1 => expressions()].prop_map(Value::Expr).boxed()
}

fn template() -> Values {
    let plain =
        select(&["orders", "${local.text}", "x${1 + 1}", "${var.queue}-q"][..]).prop_map(str::to_owned);
    prop_oneof![20 => plain, 1 => templates()].prop_map(Value::Template).boxed()
}

fn list(items: Values) -> Values {
    vec(items, 0..4).prop_map(Value::List).boxed()
}

fn anything() -> Values {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        select(&["0", "-7", "3.25", "1e3", "12345678901234567890123"][..])
            .prop_map(|it| Value::Number(it.into())),
        select(&["", "x", "ü\"\n%{", "${not}", "a\\b"][..]).prop_map(|it| Value::Text(it.into())),
        templates().prop_map(Value::Template),
        expressions().prop_map(Value::Expr),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        let member = (select(&["a", "eu", "b c", "${k}"][..]).prop_map(str::to_owned), inner.clone());
        prop_oneof![vec(inner, 0..3).prop_map(Value::List), vec(member, 0..3).prop_map(Value::Object)]
    })
    .boxed()
}

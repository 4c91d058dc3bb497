//! Stories written by hand, the smallest that we know of their kinds.

use crate::configuration::{Block, Body, Configuration, Consent, EndpointId, Instances, RuleId};
use crate::story::{Command, Outside, PlanOf, Step, Story};

pub const LEDGER: &str = "ledger.tiny1";
pub const VAULT: &str = "vault.tiny1";
pub const SHOP: &str = "shop.tiny1";
pub const CART: &str = "cart.tiny1";
pub const CELLAR: &str = "cellar.tiny1";

/// An Endpoint of others, with the callers `shop` and `cellar`.
pub const STORAGE: &str = "storage";

pub const HUB: &str = "vpce-0123456789abcda11";
pub const SPOKE: &str = "vpce-0123456789abcda12";

pub fn tells(steps: Vec<Step>) -> Story {
    Story { steps, ..Story::default() }
}

/// Applies of these configurations, one after the other.
fn applies(configurations: &[Configuration]) -> Story {
    tells(configurations.iter().cloned().map(Step::apply).collect())
}

pub fn endpoint(name: &'static str, callers: Option<&[&'static str]>) -> Body {
    Body::Endpoint { name, target: LEDGER, queue: "q", callers: callers.map(<[_]>::to_vec) }
}

pub fn caller(endpoint: EndpointId, namespace: &'static str) -> Body {
    Body::Caller { endpoint, namespace }
}

pub fn mapping(connection: &'static str, namespaces: Option<&[&'static str]>, consent: Consent) -> Body {
    Body::Mapping { connection, namespaces: namespaces.map(<[_]>::to_vec), consent }
}

pub fn attachment(to: &str, namespace: &'static str, consent: Consent) -> Body {
    let rule = RuleId::Of(format!("temporalnexus_privatelink_mapping.{to}"));
    Body::Attachment { rule, namespace, consent }
}

fn hub() -> Block {
    Block::one("hub", mapping(HUB, None, Consent::KEEP_PUBLIC))
}

pub fn attachment_created_first() -> Story {
    let attached = Block::one("a", attachment("hub", SHOP, Consent::KEEP_PUBLIC));
    let blocks = [hub(), attached.created_first().rolled_out()];
    applies(&[Configuration::of(&blocks), Configuration::of(&blocks).rollout(2)])
}

/// A dependent that is created first makes what it depends on be created first.
pub fn attachment_inherits() -> Story {
    let attached = Block::one("a", attachment("hub", SHOP, Consent::KEEP_PUBLIC));
    let blocks = [hub().created_first(), attached.created_first()];
    let replaced = Step::apply(Configuration::of(&blocks))
        .with(Command::Replace("temporalnexus_privatelink_attachment.a".to_owned()));
    tells(vec![Step::apply(Configuration::of(&blocks)), replaced])
}

/// The attachments get the new rule in place, which is there only after the old one is gone.
pub fn rule_is_replaced() -> Story {
    let on = |connection| {
        let blocks = [
            Block::one("hub", mapping(connection, None, Consent::default())),
            Block::one("a", attachment("hub", SHOP, Consent::CLOSE)),
            Block::one("b", attachment("hub", CART, Consent::CLOSE)),
        ];
        Configuration::of(&blocks)
    };
    applies(&[on(HUB), on(SPOKE), on(HUB)])
}

pub fn public_rule_is_replaced() -> Story {
    let rule = RuleId::Of("temporalnexus_public_connectivity_rule.public".to_owned());
    let attached = Body::Attachment { rule, namespace: SHOP, consent: Consent::CLOSE };
    let blocks = [Block::one("public", Body::PublicRule).rolled_out(), Block::one("a", attached)];
    applies(&[Configuration::of(&blocks), Configuration::of(&blocks).rollout(2)])
}

/// A list that is replaced and becomes shorter.
pub fn list_keeps_its_successors() -> Story {
    let list = |callers: &[&'static str]| {
        let body = Body::Allowlist { endpoint: EndpointId::Data(STORAGE), callers: callers.to_vec() };
        Configuration::of(&[Block::one("list", body)])
    };
    let replaced =
        Step::apply(list(&[SHOP])).with(Command::Replace("temporalnexus_endpoint_allowlist.list".to_owned()));
    tells(vec![Step::apply(list(&[SHOP, CART])), replaced])
}

pub fn attachments_shift() -> Story {
    let shifted = |namespaces: &[&'static str]| {
        let bodies =
            namespaces.iter().map(|namespace| attachment("hub", namespace, Consent::KEEP_PUBLIC)).collect();
        Configuration::of(&[hub(), Block::new("a", Instances::Count(bodies))])
    };
    let (one, two) = (shifted(&[SHOP, CART, CELLAR, VAULT]), shifted(&[LEDGER, SHOP, CART, CELLAR, VAULT]));
    let mut steps = vec![Step::apply(one.clone())];
    for configuration in [&two, &one, &two, &one] {
        let step = Step::apply(configuration.clone());
        steps.push(Step { fault: Some("latency:60ms,method=UpdateNamespace"), ..step.at(2) });
    }
    tells(steps)
}

pub fn caller_changes_its_key() -> Story {
    let keyed = |key| {
        let body = caller(EndpointId::Data(STORAGE), CART);
        Configuration::of(&[Block::new("it", Instances::ForEach(vec![(key, body)]))])
    };
    applies(&[keyed("a"), keyed("b")])
}

pub fn list_gives_way() -> Story {
    let list = Body::Allowlist { endpoint: EndpointId::Data(STORAGE), callers: vec![SHOP, CART] };
    let callers =
        vec![("a", caller(EndpointId::Data(STORAGE), SHOP)), ("b", caller(EndpointId::Data(STORAGE), CART))];
    let callers = Block::new("callers", Instances::ForEach(callers));
    applies(&[Configuration::of(&[Block::one("list", list)]), Configuration::of(&[callers])])
}

pub fn list_of_a_late_id() -> Story {
    late(Body::Allowlist { endpoint: EndpointId::DataLater(STORAGE), callers: vec![SHOP, CART] })
}

pub fn caller_of_a_late_id() -> Story {
    late(caller(EndpointId::DataLater(STORAGE), CART))
}

fn late(body: Body) -> Story {
    let configuration = Configuration { slow: true, ..Configuration::of(&[Block::one("it", body)]) };
    applies(&[configuration.clone(), configuration.rollout(2)])
}

pub fn import_of_destroyed() -> Story {
    let keyed = |key| {
        let body = mapping(HUB, Some(&[SHOP]), Consent::KEEP_PUBLIC);
        Configuration::of(&[Block::new("m", Instances::ForEach(vec![(key, body)]))])
    };
    let imports = vec!["temporalnexus_privatelink_mapping.m[\"b\"]".to_owned()];
    let second = Configuration { imports, ..keyed("b") };
    tells(vec![Step::apply(keyed("a")), Step::apply(second).or_refused(), Step::apply(keyed("a"))])
}

/// The old one would be deleted only after the new one, which cannot have the same name.
pub fn endpoint_changes_its_key() -> Story {
    let keyed = |key, callers: Option<&[&'static str]>| {
        let all = Instances::ForEach(vec![(key, endpoint("e-1", callers))]);
        Configuration::of(&[Block::new("it", all).created_first()])
    };
    let (list, other) = (Some(&[SHOP, CART][..]), Some(&[SHOP, CELLAR][..]));
    applies(&[keyed("a", list), keyed("b", list), keyed("c", other), keyed("d", None), keyed("e", list)])
}

/// What depends on it and is created first makes it be created first.
pub fn endpoint_and_callers_change_keys() -> Story {
    let labelled = |label: &'static str, of: &'static str| {
        let id = EndpointId::Of(format!("temporalnexus_endpoint.{label}"));
        let callers = vec![("s", caller(id.clone(), SHOP)), ("c", caller(id, CART))];
        let callers = Block::new(of, Instances::ForEach(callers)).created_first();
        Configuration::of(&[Block::one(label, endpoint("e-1", None)), callers])
    };
    applies(&[labelled("a", "callers"), labelled("b", "callers"), labelled("c", "others")])
}

pub fn mapping_changes_its_key() -> Story {
    let keyed = |key, namespaces: &[&'static str]| {
        let all = Instances::ForEach(vec![(key, mapping(HUB, Some(namespaces), Consent::KEEP_PUBLIC))]);
        Configuration::of(&[Block::new("it", all).created_first()])
    };
    applies(&[keyed("a", &[SHOP]), keyed("b", &[SHOP]), keyed("c", &[SHOP, CART]), keyed("d", &[CART])])
}

fn by_two(before: &[Block], body: &Body) -> Story {
    let with = |bodies: usize| {
        let two = Block::new("it", Instances::Count(vec![body.clone(); bodies]));
        Configuration::of(&[before, &[two]].concat())
    };
    applies(&[with(2), with(1)])
}

pub fn caller_by_two() -> Story {
    by_two(&[], &caller(EndpointId::Data(STORAGE), CART))
}

pub fn list_by_two() -> Story {
    by_two(&[], &Body::Allowlist { endpoint: EndpointId::Data(STORAGE), callers: vec![CART] })
}

pub fn attachment_by_two() -> Story {
    by_two(&[hub()], &attachment("hub", SHOP, Consent::KEEP_PUBLIC))
}

pub fn public_rule_by_two() -> Story {
    by_two(&[], &Body::PublicRule)
}

pub fn mapping_created_first() -> Story {
    created_first(&[Block::one("it", mapping(HUB, Some(&[SHOP]), Consent::CLOSE))])
}

pub fn endpoint_created_first() -> Story {
    let called = Block::one("c", caller(EndpointId::Of("temporalnexus_endpoint.it".to_owned()), SHOP));
    created_first(&[Block::one("it", endpoint("pay", None)), called])
}

/// The first block is replaced, created first: that cannot work, and must be got out of.
fn created_first(blocks: &[Block]) -> Story {
    let (first, rest) = blocks.split_first().expect("a block");
    let address = first.address().expect("an instance");
    let blocks = [&[first.clone().created_first()], rest].concat();
    let configuration = Configuration::of(&blocks);
    tells(vec![
        Step::apply(configuration.clone()),
        Step::apply(configuration.clone()).with(Command::Replace(address)),
        Step::apply(configuration),
    ])
}

pub fn destroy_after_deletion() -> Story {
    let configuration = Configuration::of(&[
        Block::one("c", caller(EndpointId::Literal(STORAGE), CART)),
        Block::one("other", endpoint("pay", None)),
    ]);
    Story { ending: vec![Outside::DeleteEndpoint(STORAGE)], ..applies(&[configuration]) }
}

pub fn destroy_plans() -> Story {
    let with = |consent| {
        Configuration::of(&[
            Block::one("one", mapping(HUB, None, Consent::default())),
            Block::one("two", mapping(SPOKE, None, Consent::default())),
            Block::one("a", attachment("one", SHOP, Consent::CLOSE)),
            Block::one("b", attachment("two", SHOP, consent)),
        ])
    };
    let closed = with(Consent { reopen: false, ..Consent::CLOSE });
    let plans = Step::apply(closed.clone()).with(Command::Plans(50, PlanOf::Destroy));
    // Last with all consent, so that it can be destroyed.
    tells(vec![Step::apply(closed), plans, Step::apply(with(Consent::CLOSE))])
}

fn keyed_endpoints(keys: &[(&'static str, &'static str)]) -> Configuration {
    let bodies = keys.iter().map(|(key, name)| (*key, endpoint(name, Some(&[SHOP])))).collect();
    Configuration::of(&[Block::new("it", Instances::ForEach(bodies))])
}

pub fn names_swap() -> Story {
    let one = keyed_endpoints(&[("a", "rk-1"), ("c", "rk-2"), ("d", "rk-3")]);
    let two = keyed_endpoints(&[("b", "rk-1"), ("e", "rk-2"), ("f", "rk-3")]);
    applies(&[one.clone(), two.clone(), one, two])
}

/// The names get other keys at each apply.
pub fn keys_change(applies: usize) -> Story {
    let one = keyed_endpoints(&[("a", "rk-1"), ("c", "rk-2"), ("d", "rk-3")]);
    let two = keyed_endpoints(&[("b", "rk-1"), ("e", "rk-2"), ("f", "rk-3")]);
    tells((0..applies).map(|at| Step::apply(if at % 2 == 0 { one.clone() } else { two.clone() })).collect())
}

/// An Endpoint is renamed, and a new one takes its name.
pub fn name_freed() -> Story {
    let one = Configuration::of(&[Block::one("a", endpoint("sw-2", Some(&[SHOP])))]);
    let two = Configuration::of(&[
        Block::one("a", endpoint("sw-1", Some(&[SHOP]))),
        Block::one("b", endpoint("sw-2", Some(&[CART]))),
    ]);
    let three = Configuration::of(&[
        Block::one("a", endpoint("sw-3", Some(&[SHOP]))),
        Block::one("b", endpoint("sw-4", Some(&[CART]))),
        Block::one("c", endpoint("sw-1", Some(&[CART]))),
        Block::one("d", endpoint("sw-2", Some(&[CART]))),
    ]);
    applies(&[one, two, three])
}

/// Each Endpoint takes the name of the one before it, which takes a new one.
pub fn names_shift() -> Story {
    let named = |names: &[&'static str]| {
        let bodies = names.iter().map(|name| endpoint(name, Some(&[SHOP]))).collect();
        Configuration::of(&[Block::new("it", Instances::Count(bodies))])
    };
    let steps = applies(&[named(&["pay", "ship"]), named(&["bill", "pay", "ship"])]);
    Story { registry: vec!["--operation-time", "300ms"], ..steps }
}

pub fn newer_list() -> Story {
    let step = Step::apply(Configuration::of(&[Block::one("it", endpoint("pay", Some(&[SHOP])))]));
    Story { principal: Some("user.dan@stories.example"), ..tells(vec![step.with_fault("unknown-fields")]) }
}

pub fn throttled() -> Story {
    const NAMES: [&str; 12] =
        ["t-1", "t-2", "t-3", "t-4", "t-5", "t-6", "t-7", "t-8", "t-9", "t-10", "t-11", "t-12"];
    let bodies = NAMES.iter().map(|name| endpoint(name, None)).collect();
    let configuration = Configuration::of(&[Block::new("it", Instances::Count(bodies))]);
    tells(vec![Step::apply(configuration).with_fault("rate-limits:160/1/1")])
}

/// A configuration that may be refused, never half accepted.
fn may_be_refused(blocks: &[Block]) -> Story {
    tells(vec![Step::apply(Configuration::of(blocks)).or_refused()])
}

pub fn new_mapping_by_two() -> Story {
    may_be_refused(&[
        Block::one("hub", mapping(HUB, Some(&[SHOP]), Consent::CLOSE)),
        Block::one("a", attachment("hub", CART, Consent::CLOSE)),
    ])
}

pub fn new_list_by_two() -> Story {
    may_be_refused(&[
        Block::one("it", endpoint("pay", Some(&[SHOP]))),
        Block::one("c", caller(EndpointId::Of("temporalnexus_endpoint.it".to_owned()), CART)),
    ])
}

pub fn endpoint_name_twice() -> Story {
    may_be_refused(&[Block::new("it", Instances::Count(vec![endpoint("pay", None); 2]))])
}

pub fn connection_twice() -> Story {
    let body = mapping(HUB, None, Consent::CLOSE);
    may_be_refused(&[Block::new("it", Instances::Count(vec![body; 2]))])
}

pub fn list_in_two_providers() -> Story {
    may_be_refused(&[
        Block::one("it", endpoint("pay", Some(&[SHOP]))),
        Block::one("c", caller(EndpointId::Of("temporalnexus_endpoint.it".to_owned()), CART)).aliased(),
    ])
}

fn it() -> EndpointId {
    EndpointId::Of("temporalnexus_endpoint.it".to_owned())
}

/// The callers of one provider block give way to the list of another one.
pub fn callers_elsewhere_give_way() -> Story {
    let before = [
        Block::one("it", endpoint("pay", None)),
        Block::one("a", caller(it(), SHOP)).aliased(),
        Block::one("b", caller(it(), CART)).aliased(),
    ];
    let after = [Block::one("it", endpoint("pay", Some(&[CELLAR])))];
    applies(&[Configuration::of(&before), Configuration::of(&after)])
}

/// The list of one provider block gives way to the callers of another one.
pub fn list_gives_way_elsewhere() -> Story {
    let before = [
        Block::one("it", endpoint("pay", None)),
        Block::one("list", Body::Allowlist { endpoint: it(), callers: vec![SHOP, CART] }),
    ];
    let after = [
        Block::one("it", endpoint("pay", None)),
        Block::one("a", caller(it(), SHOP)).aliased(),
        Block::one("b", caller(it(), CELLAR)).aliased(),
    ];
    let configurations = [&before[..], &after, &before].map(Configuration::of);
    applies(&configurations)
}

pub fn addresses_change() -> Story {
    let one = keyed_endpoints(&[("a", "rk-1"), ("b", "rk-2"), ("c", "rk-3")]);
    let two = keyed_endpoints(&[("d", "rk-1"), ("e", "rk-2"), ("f", "rk-3")]);
    let plans = Step::apply(two).with(Command::Plans(50, PlanOf::Apply));
    tells(vec![Step::apply(one), plans])
}

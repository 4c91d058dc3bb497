//! Stories written by hand that pass: what is promised, command by command.

use crate::configuration::{Block, Body, Configuration, Consent, EndpointId, Instances, RuleId};
use crate::story::{Command, Outside, Step, Story};
use crate::written::{
    CART, CELLAR, HUB, SHOP, SPOKE, STORAGE, VAULT, attachment, caller, endpoint, mapping, tells,
};

type Named = (&'static str, fn() -> Story);

/// The stories, by their names.
pub const LEGAL: &[Named] = &[
    ("list-changes-hands", list_changes_hands),
    ("caller-beside-others", caller_beside_others),
    ("interrupted", interrupted),
    ("saved-plan-meets-others", saved_plan_meets_others),
    ("moved-targeted-removed", moved_targeted_removed),
    ("imported", imported),
    ("connections", connections),
    ("faults", faults),
];

fn pay() -> EndpointId {
    EndpointId::Of("temporalnexus_endpoint.pay".to_owned())
}

fn with_list(callers: Option<&[&'static str]>, more: &[Block]) -> Configuration {
    Configuration::of(&[&[Block::one("pay", endpoint("pay", callers))], more].concat())
}

fn list_changes_hands() -> Story {
    let list = |callers: &[&'static str]| {
        Block::one("list", Body::Allowlist { endpoint: pay(), callers: callers.to_vec() })
    };
    let callers = Instances::ForEach(vec![("a", caller(pay(), CART)), ("b", caller(pay(), VAULT))]);
    let theirs = [Outside::AddCaller("pay", VAULT)];
    tells(vec![
        Step::apply(with_list(Some(&[SHOP, CART]), &[])),
        Step::apply(with_list(None, &[list(&[SHOP, CELLAR])])),
        Step::apply(with_list(None, &[Block::new("c", callers)])),
        Step::apply(with_list(None, &[])).after(&theirs),
        Step::apply(with_list(Some(&[SHOP, VAULT]), &[])),
    ])
}

fn caller_beside_others() -> Story {
    let keyed = |keys: &[(&'static str, &'static str)]| {
        let bodies =
            keys.iter().map(|(key, namespace)| (*key, caller(EndpointId::Literal(STORAGE), namespace)));
        Configuration::of(&[Block::new("c", Instances::ForEach(bodies.collect()))])
    };
    let counted = |namespaces: &[&'static str]| {
        let bodies =
            namespaces.iter().map(|namespace| caller(EndpointId::Data(STORAGE), namespace)).collect();
        Configuration::of(&[Block::new("c", Instances::Count(bodies))])
    };
    tells(vec![
        Step::apply(keyed(&[("a", CART), ("b", VAULT)])),
        Step::apply(keyed(&[("b", VAULT), ("c", SHOP)])).after(&[Outside::RemoveCaller(STORAGE, CART)]),
        Step::apply(counted(&[CART, "ledger.tiny1"])),
        Step::apply(counted(&[CART])).after(&[Outside::RemoveCaller(STORAGE, CELLAR)]).at(1),
    ])
}

fn interrupted() -> Story {
    let bodies = ["i-1", "i-2", "i-3"].iter().map(|name| endpoint(name, Some(&[SHOP]))).collect();
    let configuration = Configuration::of(&[Block::new("it", Instances::Count(bodies))]);
    let steps = vec![Step::apply(configuration).with(Command::Interrupt(20)).at(1)];
    Story { registry: vec!["--operation-time", "300ms"], steps, ..Story::default() }
}

fn saved_plan_meets_others() -> Story {
    let theirs = || vec![Outside::AddCaller("pay", VAULT)];
    tells(vec![
        Step::apply(with_list(Some(&[SHOP]), &[])),
        Step::apply(with_list(Some(&[SHOP, CART]), &[])).with(Command::SavedPlan(theirs())),
        Step::apply(with_list(None, &[Block::one("c", caller(pay(), CELLAR))]))
            .with(Command::SavedPlan(theirs())),
    ])
}

fn moved_targeted_removed() -> Story {
    let blocks = |name| {
        [
            Block::one(name, endpoint("pay", None)),
            Block::one("c", caller(EndpointId::Of(format!("temporalnexus_endpoint.{name}")), SHOP)),
        ]
    };
    let address = |name: &str| format!("temporalnexus_endpoint.{name}");
    let moved =
        Configuration { moved: vec![(address("pay"), address("new"))], ..Configuration::of(&blocks("new")) };
    let removed = Configuration {
        removed: vec![(address("new"), false), ("temporalnexus_endpoint_allowed_caller.c".to_owned(), false)],
        ..Configuration::of(&[Block::one("other", endpoint("bill", Some(&[SHOP])))])
    };
    let other = Block::one("other", endpoint("bill", None));
    tells(vec![
        Step::apply(Configuration::of(&blocks("pay"))).after(&[]),
        Step::apply(moved.clone()),
        Step::apply(Configuration::of(&[&blocks("new")[..], &[other]].concat()))
            .with(Command::Target(address("other"))),
        Step::apply(removed).with(Command::ApplyWithoutRefresh),
    ])
}

fn imported() -> Story {
    let ship = EndpointId::Literal("ship");
    let attached =
        Body::Attachment { rule: RuleId::Literal(SPOKE), namespace: SHOP, consent: Consent::CLOSE };
    let configuration = Configuration::of(&[
        Block::one(
            "storage",
            Body::Endpoint { name: STORAGE, target: VAULT, queue: "storage-queue", callers: None },
        ),
        Block::one("list", Body::Allowlist { endpoint: ship, callers: vec![CART] }),
        Block::one("hub", mapping(HUB, None, Consent::CLOSE)),
        Block::one("a", attached),
    ]);
    let imports = configuration.instances().into_keys().collect();
    let before = vec![
        Outside::CreateEndpoint("ship", vec![SHOP]),
        Outside::CreateRule(HUB),
        Outside::CreateRule(SPOKE),
        Outside::Attach(SPOKE, SHOP),
    ];
    Story { before, ..tells(vec![Step::apply(Configuration { imports, ..configuration })]) }
}

fn connections() -> Story {
    let mapped = |namespaces: &[&'static str]| {
        Block::one("spoke", mapping(SPOKE, Some(namespaces), Consent::KEEP_PUBLIC))
    };
    let hub = Block::one("hub", mapping(HUB, None, Consent::KEEP_PUBLIC));
    let attached = Block::one("a", attachment("hub", CART, Consent::KEEP_PUBLIC));
    let theirs = "vpce-0123456789abcda99";
    let steps = vec![
        Step::apply(Configuration::of(&[hub.clone(), attached.clone(), mapped(&[SHOP, CART])])),
        Step::apply(Configuration::of(&[hub.clone(), attached, mapped(&[SHOP])]))
            .after(&[Outside::Attach(theirs, VAULT), Outside::Detach(SPOKE, SHOP)]),
        Step::apply(Configuration::of(&[hub, mapped(&[SHOP, VAULT])])),
    ];
    let before = vec![Outside::CreateRule(theirs), Outside::Attach(theirs, CART)];
    Story { before, ..tells(steps) }
}

fn faults() -> Story {
    tells(vec![
        Step::apply(with_list(Some(&[SHOP]), &[]))
            .with_fault("operation-fails:no capacity,method=CreateNexusEndpoint,times=1"),
        Step::apply(with_list(Some(&[SHOP, CART]), &[]))
            .with_fault("drop-after-commit,method=UpdateNexusEndpoint,times=1"),
        Step::apply(with_list(
            Some(&[CART]),
            &[Block::one("hub", mapping(HUB, Some(&[SHOP]), Consent::CLOSE))],
        ))
        .with_fault("operation-rejected:no capacity,method=UpdateNamespace,times=1"),
    ])
}

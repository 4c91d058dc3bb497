//! Draws stories from a seed.

use crate::chance::Chance;
use crate::change::change;
use crate::configuration::{Block, Body, Configuration, Consent, EndpointId, Instances, Kept, RuleId};
use crate::features::kinds;
use crate::kinds::is_known;
use crate::ownership::kept_twice;
use crate::story::{Command, Namespace, Outside, Step, Story};
use crate::written::{CART, CELLAR, HUB, LEDGER, SHOP, SPOKE, STORAGE, VAULT};
use std::collections::BTreeMap;

pub const NAMESPACES: [Namespace; 5] = [LEDGER, VAULT, SHOP, CART, CELLAR];
pub const NAMES: [&str; 4] = ["pay", "ship", "bill", "rate"];
pub const KEYS: [&str; 6] = ["a", "b", "c", "d", "e", "f"];
const CONNECTIONS: [&str; 3] = [HUB, SPOKE, "vpce-0123456789abcda13"];
/// The connection of others.
const THEIRS: &str = "vpce-0123456789abcda99";

/// How many changes are tried for a step that keeps clear of what is known to fail.
const TRIES: usize = 40;

/// Draws a story; the same seed draws the same story.
pub fn draw(seed: u64) -> Story {
    let mut chance = Chance::new(seed);
    let mut draft = Draft::new(&mut chance);
    let mut story = Story { before: draft.before(), ..Story::default() };
    if draft.chance.one_in(3) {
        story.registry = vec!["--operation-time", "80ms"];
    }
    let mut configuration = Configuration { rollout: 1, ..Configuration::default() };
    let steps = 2 + draft.chance.below(4);
    for number in 0..steps {
        for _ in 0..TRIES {
            let next = match number {
                0 => draft.configuration(),
                _ => change(&configuration, &mut draft),
            };
            let step = draft.step(&configuration, next);
            let mut longer = story.clone();
            longer.steps.push(step);
            if is_fit(&longer) {
                configuration =
                    longer.steps.last().map(|step| step.configuration.clone()).unwrap_or_default();
                story = longer;
                break;
            }
        }
    }
    story
}

/// Whether a story is legal and keeps clear of what is known to fail.
fn is_fit(story: &Story) -> bool {
    let legal = story.steps.iter().all(|step| {
        step.configuration.is_sound() && (step.may_be_refused || kept_twice(&step.configuration).is_empty())
    });
    legal && !takes_what_is_let_go(story) && !kinds(story).into_iter().any(is_known)
}

/// Whether an Endpoint or a rule is to be created that a `removed` block has left to others: that is refused, and rightly.
fn takes_what_is_let_go(story: &Story) -> bool {
    let names = |configuration: &Configuration| -> BTreeMap<String, String> {
        let name = |kept: &Kept| match kept {
            Kept::Endpoint { name, .. } => Some(name.clone()),
            Kept::Mapping { rule, .. } => Some(rule.clone()),
            _ => None,
        };
        let kept = configuration.kept();
        kept.iter().filter_map(|(address, kept)| Some((name(kept)?, address.clone()))).collect()
    };
    let (mut let_go, mut before) = (Vec::new(), BTreeMap::new());
    for step in &story.steps {
        let now = names(&step.configuration);
        let stays = step.configuration.removed.iter().filter(|(_, destroy)| !destroy).map(|(from, _)| from);
        let stays: Vec<_> = stays.collect();
        let_go.extend(before.into_iter().filter_map(|(name, address): (String, String)| {
            stays.iter().any(|from| address.split('[').next() == Some(from.as_str())).then_some(name)
        }));
        if let_go.iter().any(|name| now.contains_key(name)) {
            return true;
        }
        before = now;
    }
    false
}

/// What all parts of one story share.
pub struct Draft<'a> {
    pub chance: &'a mut Chance,
    consent: Consent,
}

impl<'a> Draft<'a> {
    fn new(chance: &'a mut Chance) -> Self {
        let consent = chance.of(&[Consent::KEEP_PUBLIC, Consent::CLOSE]);
        Self { chance, consent }
    }

    fn before(&mut self) -> Vec<Outside> {
        let mut before = Vec::new();
        if self.chance.one_in(2) {
            before.push(Outside::CreateRule(THEIRS));
            let namespace = self.chance.of(&NAMESPACES);
            before.push(Outside::Attach(THEIRS, namespace));
        }
        before
    }

    /// A first configuration: some groups of resources.
    fn configuration(&mut self) -> Configuration {
        let mut configuration =
            Configuration { rollout: 1, slow: self.chance.one_in(4), ..Default::default() };
        for _ in 0..1 + self.chance.below(3) {
            self.add_group(&mut configuration);
        }
        for block in &mut configuration.blocks {
            block.create_before_destroy = self.chance.one_in(6);
            block.replaced_by_rollout = self.chance.one_in(5);
            block.alias = self.chance.one_in(8);
        }
        configuration
    }

    /// Adds one group of resources that belong together, where it is not there yet.
    pub fn add_group(&mut self, configuration: &mut Configuration) {
        let blocks = match self.chance.below(5) {
            0 | 1 => self.endpoints(),
            2 => self.on_storage(),
            3 => self.connections(),
            _ => self.public(),
        };
        // A private rule closes a Namespace, the public one opens it: nothing orders two resources for that.
        let has = |kind: &str| {
            configuration
                .blocks
                .iter()
                .chain(&blocks)
                .any(|block| block.kind().is_some_and(|it| it.ends_with(kind)))
        };
        let mixed = has("_privatelink_mapping") && has("_public_connectivity_rule");
        let taken = |block: &Block| configuration.blocks.iter().any(|other| other.name == block.name);
        if !mixed && !blocks.iter().any(taken) {
            configuration.blocks.extend(blocks);
        }
    }

    /// Endpoints and, where they leave their list out, who may call them.
    fn endpoints(&mut self) -> Vec<Block> {
        let name = self.chance.of(&["one", "two"]);
        // The names of two groups differ.
        let names = if name == "one" { &NAMES[..2] } else { &NAMES[2..] };
        let count = 1 + self.chance.below(2);
        let bodies: Vec<_> = names.iter().take(count).map(|name| self.endpoint(name)).collect();
        let block = Block::new(name, self.instances(bodies));
        let mut callers = Vec::new();
        for (address, body) in block.instances() {
            if matches!(body, Body::Endpoint { callers: None, .. }) {
                callers.extend(self.callers(&EndpointId::Of(address)));
            }
        }
        let (list, single) = if name == "one" { ("one_l", "one_c") } else { ("two_l", "two_c") };
        self.called(block, callers, list, single)
    }

    fn endpoint(&mut self, name: &'static str) -> Body {
        let callers = match self.chance.below(3) {
            0 => None,
            1 => Some(Vec::new()),
            _ => Some(self.chance.some(&NAMESPACES)),
        };
        Body::Endpoint { name, target: self.chance.of(&[LEDGER, VAULT]), queue: "q", callers }
    }

    /// A whole list, or callers one by one, or nothing.
    fn callers(&mut self, endpoint: &EndpointId) -> Vec<Body> {
        match self.chance.below(4) {
            0 => Vec::new(),
            1 => {
                let callers = self.chance.some(&NAMESPACES);
                vec![Body::Allowlist { endpoint: endpoint.clone(), callers }]
            }
            _ => {
                let callers = self.chance.some(&NAMESPACES).into_iter().take(3);
                callers.map(|namespace| Body::Caller { endpoint: endpoint.clone(), namespace }).collect()
            }
        }
    }

    /// The blocks of lists and of callers, after that of what is called.
    fn called(
        &mut self,
        block: Block,
        bodies: Vec<Body>,
        list: &'static str,
        single: &'static str,
    ) -> Vec<Block> {
        let (lists, callers): (Vec<_>, Vec<_>) =
            bodies.into_iter().partition(|body| matches!(body, Body::Allowlist { .. }));
        let mut blocks = vec![block];
        for (name, bodies) in [(list, lists), (single, callers)] {
            if !bodies.is_empty() {
                blocks.push(Block::new(name, self.instances(bodies)));
            }
        }
        blocks
    }

    /// Who may call an Endpoint of others.
    fn on_storage(&mut self) -> Vec<Block> {
        let ids = [EndpointId::Literal(STORAGE), EndpointId::Data(STORAGE), EndpointId::DataLater(STORAGE)];
        let id = self.chance.of(&ids);
        let mut bodies = self.callers(&id);
        if bodies.is_empty() {
            bodies.push(Body::Caller { endpoint: id, namespace: self.chance.of(&NAMESPACES) });
        }
        vec![Block::new("storage", self.instances(bodies))]
    }

    fn connections(&mut self) -> Vec<Block> {
        let count = 1 + self.chance.below(2);
        let consent = self.consent;
        let mut mapping = |connection: &&'static str| {
            let namespaces = self.chance.one_in(2).then(|| self.chance.some(&NAMESPACES));
            Body::Mapping { connection, namespaces, consent }
        };
        let bodies: Vec<_> = CONNECTIONS.iter().take(count).map(&mut mapping).collect();
        let block = Block::new("link", self.instances(bodies));
        let mut attached = Vec::new();
        for (address, body) in block.instances() {
            if matches!(body, Body::Mapping { namespaces: None, .. }) {
                let rule = RuleId::Of(address);
                let on = self.chance.some(&NAMESPACES).into_iter().take(3);
                attached.extend(on.map(|namespace| Body::Attachment {
                    rule: rule.clone(),
                    namespace,
                    consent,
                }));
            }
        }
        self.called(block, attached, "none", "link_a")
    }

    /// The public rule, which a mapping with `keep_public` would make by itself.
    fn public(&mut self) -> Vec<Block> {
        let block = Block::one("public", Body::PublicRule);
        if self.consent.keep_public {
            return Vec::new();
        }
        let rule = RuleId::Of("temporalnexus_public_connectivity_rule.public".to_owned());
        let on = self.chance.some(&NAMESPACES).into_iter().take(2);
        let bodies =
            on.map(|namespace| Body::Attachment { rule: rule.clone(), namespace, consent: self.consent });
        let bodies = bodies.collect();
        self.called(block, bodies, "none", "public_a")
    }

    fn instances(&mut self, bodies: Vec<Body>) -> Instances {
        match (self.chance.below(3), bodies.as_slice()) {
            (0 | 1, [body]) => Instances::One(body.clone()),
            (0, _) => Instances::Count(bodies),
            _ => Instances::ForEach(KEYS.into_iter().zip(bodies).collect()),
        }
    }

    /// A step to the next configuration: what others do, the command, the registry's mood.
    fn step(&mut self, previous: &Configuration, next: Configuration) -> Step {
        let kept = previous.kept();
        let twice = !kept_twice(&next).is_empty();
        let outside = if self.chance.one_in(2) { self.outside(&kept) } else { Vec::new() };
        let addresses: Vec<_> = next.instances().into_keys().collect();
        let command = match self.chance.below(12) {
            0 => Command::ApplyWithoutRefresh,
            1 if !addresses.is_empty() => Command::Replace(self.chance.of(&addresses)),
            2 if !addresses.is_empty() => Command::Target(self.chance.of(&addresses)),
            3 | 4 => Command::SavedPlan(self.outside(&kept)),
            5 | 6 => Command::Interrupt(self.chance.below(200) as u64),
            _ => Command::Apply,
        };
        let fault = self.chance.one_in(4).then(|| self.chance.of(&FAULTS));
        let step = Step::apply(next).with(command).after(&outside);
        let parallelism = self.chance.of(&[1, 2, 10, 10, 50]);
        Step { parallelism, fault, may_be_refused: twice, ..step }
    }

    /// What others do to what there is.
    fn outside(&mut self, kept: &BTreeMap<String, Kept>) -> Vec<Outside> {
        let own = |name: &&&str| {
            kept.values().any(|kept| matches!(kept, Kept::Endpoint { name: own, .. } if own == **name))
        };
        let mut names: Vec<_> = NAMES.iter().filter(own).copied().collect();
        let own = names.clone();
        names.push(STORAGE);
        let (name, namespace) = (self.chance.of(&names), self.chance.of(&NAMESPACES));
        let outside = match self.chance.below(8) {
            0..=2 => Outside::AddCaller(name, namespace),
            3 => Outside::RemoveCaller(name, namespace),
            4 if !own.is_empty() => Outside::DeleteEndpoint(self.chance.of(&own)),
            5 => Outside::Attach(THEIRS, namespace),
            6 => Outside::Detach(THEIRS, namespace),
            _ => Outside::Detach(self.chance.of(&CONNECTIONS), namespace),
        };
        vec![outside]
    }
}

const FAULTS: [&str; 16] = [
    "latency:40ms,method=UpdateNexusEndpoint",
    "latency:40ms,method=UpdateNamespace",
    "operation-fails:no capacity,method=CreateNexusEndpoint,times=1",
    "operation-fails:no capacity,method=UpdateNexusEndpoint,times=1",
    "operation-fails:no capacity,method=DeleteNexusEndpoint,times=1",
    "operation-fails:no capacity,method=UpdateNamespace,times=1",
    "operation-rejected:no capacity,method=CreateConnectivityRule,times=1",
    "operation-rejected:no capacity,method=DeleteConnectivityRule,times=1",
    "operation-rejected:no capacity,method=UpdateNexusEndpoint,times=1",
    "drop-after-commit,method=CreateNexusEndpoint,times=1",
    "drop-after-commit,method=UpdateNexusEndpoint,times=1",
    "drop-after-commit,method=UpdateNamespace,times=1",
    "drop-after-commit,method=CreateConnectivityRule,times=1",
    "unavailable,method=GetAsyncOperation,times=2",
    "unknown-fields",
    "rate-limits:160/40/80",
];

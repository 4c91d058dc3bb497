//! The kinds of failure that are known, each named as its story and as the switch that keeps random stories clear of it.

use crate::story::Story;
use crate::written;

/// A kind of failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// An attachment is detached by its own replacement.
    ReplacedAttachment,
    /// A caller is off the list for a moment when another resource comes to keep it.
    HandOver,
    /// A replacement for an id that is merely unknown takes access away for as long as the run takes.
    UnknownId,
    /// An import of what the same run destroys deletes it.
    ImportOfDestroyed,
    /// One of two resources that keep the same thing takes it away from the other.
    SharedByTwo,
    /// `create_before_destroy` leaves a deposed object and a state that no apply gets out of.
    CreateBeforeDestroy,
    /// `terraform destroy` is refused by checks of a plan.
    DestroyRefused,
    /// `plan -destroy` is refused or accepted by chance.
    DestroyByChance,
    /// A name that the configuration itself frees is taken by chance.
    FreedName,
    /// A field of a newer API stops everything where a list is empty.
    NewerList,
    /// Throttled calls give up before their timeout.
    Throttled,
    /// What one apply creates and keeps twice is not refused.
    TwiceCreated,
    /// One name twice is found at apply only.
    NameTwice,
    /// Two configurations of the provider keep one list.
    TwoProviders,
    /// An address changed without `moved` is refused by chance.
    AddressChanged,
    /// An Endpoint or mapping under a new address waits for the old one to go, which `create_before_destroy` on either, or
    /// on what depends on it, has go last. No order of Terraform carries that out.
    AddressChangedFirst,
}

/// What fails today. Whoever fixes a kind removes its row: its stories must pass from then on, and random stories use
/// what it was about.
pub const KNOWN_FAILING: &[Kind] = &[];

/// Whether a kind may fail today.
pub fn is_known(kind: Kind) -> bool {
    KNOWN_FAILING.contains(&kind)
}

/// A story of a kind.
pub struct Row {
    pub kind: Kind,
    pub name: &'static str,
    pub story: fn() -> Story,
    /// Whether it fails at each run while its kind does. Others fail by chance and are only told of.
    pub always: bool,
}

const fn row(kind: Kind, name: &'static str, story: fn() -> Story) -> Row {
    Row { kind, name, story, always: true }
}

const fn by_chance(kind: Kind, name: &'static str, story: fn() -> Story) -> Row {
    Row { always: false, ..row(kind, name, story) }
}

/// The stories of each kind.
pub const ROWS: &[Row] = &[
    row(Kind::ReplacedAttachment, "attachment-created-first", written::attachment_created_first),
    row(Kind::ReplacedAttachment, "attachment-inherits-created-first", written::attachment_inherits),
    by_chance(Kind::ReplacedAttachment, "attachments-shift", written::attachments_shift),
    row(Kind::ReplacedAttachment, "rule-is-replaced", written::rule_is_replaced),
    row(Kind::ReplacedAttachment, "public-rule-is-replaced", written::public_rule_is_replaced),
    row(Kind::HandOver, "list-keeps-whom-its-successor-allows", written::list_keeps_its_successors),
    row(Kind::HandOver, "caller-changes-its-key", written::caller_changes_its_key),
    row(Kind::HandOver, "list-gives-way-to-callers", written::list_gives_way),
    row(Kind::UnknownId, "list-of-a-late-id", written::list_of_a_late_id),
    row(Kind::UnknownId, "caller-of-a-late-id", written::caller_of_a_late_id),
    row(Kind::ImportOfDestroyed, "import-of-what-is-destroyed", written::import_of_destroyed),
    row(Kind::SharedByTwo, "caller-by-two", written::caller_by_two),
    row(Kind::SharedByTwo, "list-by-two", written::list_by_two),
    row(Kind::SharedByTwo, "attachment-by-two", written::attachment_by_two),
    row(Kind::SharedByTwo, "public-rule-by-two", written::public_rule_by_two),
    row(Kind::CreateBeforeDestroy, "mapping-created-first", written::mapping_created_first),
    row(Kind::CreateBeforeDestroy, "endpoint-created-first", written::endpoint_created_first),
    row(Kind::DestroyRefused, "destroy-after-a-deletion-outside", written::destroy_after_deletion),
    row(Kind::DestroyByChance, "destroy-plans", written::destroy_plans),
    by_chance(Kind::FreedName, "names-swap", written::names_swap),
    row(Kind::FreedName, "name-freed-by-a-rename", written::name_freed),
    row(Kind::FreedName, "names-shift", written::names_shift),
    row(Kind::NewerList, "newer-list", written::newer_list),
    row(Kind::Throttled, "throttled", written::throttled),
    row(Kind::TwiceCreated, "attachment-of-a-new-mapping-by-two", written::new_mapping_by_two),
    row(Kind::TwiceCreated, "list-of-a-new-endpoint-by-two", written::new_list_by_two),
    row(Kind::NameTwice, "endpoint-name-twice", written::endpoint_name_twice),
    row(Kind::NameTwice, "connection-twice", written::connection_twice),
    row(Kind::TwoProviders, "list-in-two-providers", written::list_in_two_providers),
    row(Kind::TwoProviders, "callers-of-another-provider-give-way", written::callers_elsewhere_give_way),
    row(Kind::TwoProviders, "list-gives-way-in-another-provider", written::list_gives_way_elsewhere),
    by_chance(Kind::AddressChanged, "addresses-change", written::addresses_change),
    row(Kind::AddressChangedFirst, "endpoint-changes-its-key", written::endpoint_changes_its_key),
    row(
        Kind::AddressChangedFirst,
        "endpoint-and-callers-change-keys",
        written::endpoint_and_callers_change_keys,
    ),
    row(Kind::AddressChangedFirst, "mapping-changes-its-key", written::mapping_changes_its_key),
];

//! What can be wrong with a policy: one code for each kind of finding, in one table that also makes the docs.

pub mod source;

use crate::language::block::{Attribute, Required, Type};
use source::Span;
use std::fmt;

/// How much a finding weighs. Ordered: a note is the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; nothing to do.
    Note,
    /// Someone must agree before it is applied. Only a guard that says so gives it.
    Approval,
    /// Probably not what was meant, or could not be decided.
    Warning,
    /// The policy is refused.
    Error,
}

impl Severity {
    /// The word in reports: `error`, `warning`, `approval` or `note`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Approval => "approval",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// What a code is about. Findings of the first three can be neither silenced nor changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// The text of the policy itself.
    Document,
    /// A name that leads nowhere.
    Reference,
    /// What the applying identity may not do.
    Permission,
    /// Documented or given limits.
    Limit,
    /// Private connectivity.
    Privatelink,
    /// The policy against what the account holds.
    Facts,
    /// What the policy itself demands.
    Demand,
    /// What is allowed but looks wrong.
    Lint,
}

macro_rules! codes {
    ($($variant:ident $name:literal $severity:ident $family:ident $meaning:literal;)*) => {
        /// The kind of a finding. Codes are never reused for another meaning.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $(#[doc = $meaning] $variant,)* }

        impl Code {
            /// Every code, in the order of the docs.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The kebab-case name in reports.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// The severity that a finding of this code has unless the policy says otherwise.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self { $(Self::$variant => Severity::$severity),* }
            }

            /// What the code is about.
            #[must_use]
            pub const fn family(self) -> Family {
                match self { $(Self::$variant => Family::$family),* }
            }

            /// One sentence that says what a finding of this code means.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning),* }
            }
        }
    };
}

codes! {
    Syntax "syntax" Error Document "The text is not valid HCL or JSON.";
    NestingTooDeep "nesting-too-deep" Error Document "Brackets, blocks or templates are nested more than 100 deep.";
    TooLarge "too-large" Error Document "A file or the document is larger than the compiler reads, its expressions produce too much, or too many of its names are wrong.";
    UnknownBlock "unknown-block" Error Document "The policy language has no block of this name here.";
    UnknownAttribute "unknown-attribute" Error Document "The block has no attribute of this name.";
    MissingAttribute "missing-attribute" Error Document "A required attribute or block is missing.";
    MissingVariable "missing-variable" Error Document "A variable has no value: none was given, and it has no default.";
    WrongType "wrong-type" Error Document "The value has another type than the attribute.";
    InvalidValue "invalid-value" Error Document "The value is of the right type but not one that is allowed.";
    InvalidName "invalid-name" Error Document "The name breaks the rules of Temporal for names of its kind.";
    DuplicateName "duplicate-name" Error Document "The same name, attribute or key is declared twice.";
    Evaluation "evaluation" Error Document "The expression has no value.";
    ReferenceCycle "reference-cycle" Error Document "Values refer to each other in a circle.";
    Unsupported "unsupported" Error Document "The language or the chosen backend does not have this.";
    DanglingTarget "dangling-target" Error Reference "An Endpoint's target Namespace exists neither in the policy nor in the account.";
    DanglingCaller "dangling-caller" Error Reference "A caller Namespace exists neither in the policy nor in the account.";
    DanglingEndpoint "dangling-endpoint" Error Reference "An Endpoint that is named exists neither in the policy nor in the account.";
    DanglingPrincipal "dangling-principal" Error Reference "A principal that is named exists neither in the policy nor in the account.";
    DanglingNamespace "dangling-namespace" Error Reference "A Namespace that is named exists neither in the policy nor in the account.";
    ForeignAccount "foreign-account" Error Reference "A Namespace id belongs to another account.";
    PermissionRole "permission-role" Error Permission "The principal's account role is not Developer or higher, which managing an Endpoint or a private connection needs.";
    PermissionTarget "permission-target" Error Permission "The principal lacks Namespace Admin on the Endpoint's target Namespace.";
    PermissionRetarget "permission-retarget" Error Permission "The principal lacks Namespace Admin on the Namespace that the Endpoint targets now.";
    PermissionConnectivity "permission-connectivity" Error Permission "The principal is neither Global Admin nor Owner, which creating or deleting a private connectivity rule needs.";
    PermissionAttach "permission-attach" Error Permission "The principal lacks Namespace Admin on a Namespace that a connectivity rule is attached to or detached from.";
    LimitEndpoints "limit-endpoints" Error Limit "The account would hold more Endpoints than it may.";
    LimitCallers "limit-callers" Error Limit "An Endpoint would have more callers than it may.";
    LimitPrivatelinkNamespace "limit-privatelink-namespace" Error Limit "A Namespace would have more private connectivity rules than it may.";
    LimitPrivatelinkAccount "limit-privatelink-account" Error Limit "The account would hold more private connectivity rules than it may.";
    PrivatelinkRegion "privatelink-region" Error Privatelink "A private connection is in a region in which the Namespace is not.";
    PrivatelinkService "privatelink-service" Error Privatelink "The service is not Temporal's in the region of the connection, or Temporal documents none there.";
    PrivatelinkConnectionId "privatelink-connection-id" Error Privatelink "The connection id has not the form that the region's cloud gives it.";
    PrivatelinkLockout "privatelink-lockout" Error Privatelink "A Namespace gets its first private connection, which closes it to the internet, and the policy does not say that this is meant.";
    PrivatelinkReopen "privatelink-reopen" Warning Privatelink "A Namespace loses its last connectivity rule, which opens it to the internet.";
    AccountMismatch "account-mismatch" Error Facts "The policy is written for another account.";
    MissingInAccount "missing-in-account" Error Facts "What the policy declares does not exist in the account.";
    AccessDiffers "access-differs" Error Facts "A principal's declared access is not what it has in the account.";
    NamespaceDiffers "namespace-differs" Error Facts "A Namespace's declared properties are not what it has in the account.";
    Unproven "unproven" Warning Facts "It could not be decided whether something exists or is allowed.";
    Unmanaged "unmanaged" Note Facts "Something exists in the account that the policy neither declares nor ignores.";
    GuardFailed "guard-failed" Error Demand "What a `guard` of the policy demands of an object does not hold of it.";
    TestFailed "test-failed" Error Demand "What a `test` of the policy says does not hold.";
    ExpiredGrant "expired-grant" Warning Lint "A grant is past its date and grants nothing; a note from 14 days before.";
    NoCallers "no-callers" Warning Lint "An Endpoint's allowlist is declared and empty: nobody may call it.";
    DuplicateCaller "duplicate-caller" Warning Lint "The same caller is listed twice in one list.";
    RedundantAccess "redundant-access" Warning Lint "A Namespace permission is granted to an Owner or Global Admin, who has it anyway.";
    UnusedNamespace "unused-namespace" Note Lint "A declared Namespace is neither the target nor a caller of anything.";
    CodecMismatch "codec-mismatch" Warning Lint "A caller and a target both declare how they encrypt payloads, and cannot read each other's.";
    UnusedSuppression "unused-suppression" Warning Lint "A `nexusc:ignore` comment silences nothing.";
    SuppressionExpired "suppression-expired" Error Lint "A `nexusc:ignore` comment is past its date and silences nothing.";
}

impl fmt::Display for Code {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

impl Code {
    /// Whether a policy may change how much findings of this code weigh. What is wrong with the text, with references
    /// and with permissions stays an error, and so does what makes the account another one than the policy's.
    #[must_use]
    pub const fn may_change(self) -> bool {
        !matches!(self.family(), Family::Document | Family::Reference | Family::Permission)
            && !matches!(self, Self::AccountMismatch | Self::MissingInAccount)
    }

    /// Whether a policy may silence findings of this code. What could not be decided is never passed over in silence.
    #[must_use]
    pub const fn may_silence(self) -> bool {
        self.may_change()
            && !matches!(self, Self::Unproven | Self::UnusedSuppression | Self::SuppressionExpired)
    }

    /// The code of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.name() == name)
    }
}

/// The attributes of a `lint` block: the codes that may be changed.
pub const LINT: [Attribute; lint_codes()] = {
    let unset = Attribute { name: "", of: Type::Text, required: Required::Never, only: None, doc: "" };
    let (mut attributes, mut codes, mut filled) = ([unset; lint_codes()], Code::ALL, 0);
    while let [code, rest @ ..] = codes {
        if code.may_change() {
            let levels: &[&str] = match code {
                Code::Unproven => &["error", "warning"],
                _ => &["error", "warning", "note", "off"],
            };
            let (name, of, doc) = (code.name(), Type::Word(levels), code.meaning());
            let attribute = Attribute { name, of, required: Required::Never, only: None, doc };
            #[expect(clippy::indexing_slicing, reason = "in a constant, out of bounds does not compile")]
            {
                attributes[filled] = attribute;
            }
            filled += 1;
        }
        codes = rest;
    }
    attributes
};

const fn lint_codes() -> usize {
    let (mut codes, mut count) = (Code::ALL, 0);
    while let [code, rest @ ..] = codes {
        count += code.may_change() as usize;
        codes = rest;
    }
    count
}

/// Another place that explains a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// Where it is.
    pub span: Span,
    /// What is to be seen there, in a few words.
    pub message: String,
}

/// One thing that is wrong with a policy, or worth knowing about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Its kind.
    pub code: Code,
    /// How much it weighs.
    pub severity: Severity,
    /// One line, lowercase, no final period.
    pub message: String,
    /// Where the name or value at fault is used; `None` only for what has no place in a file.
    pub span: Option<Span>,
    /// The block instance it is about, such as `endpoint.cart["eu"]`.
    pub instance: Option<String>,
    /// What to write instead.
    pub help: Option<String>,
    /// Where it comes from.
    pub related: Vec<Related>,
    /// Whether the line that it is about is named and not shown.
    pub hides_source: bool,
}

impl Finding {
    /// A finding of `code` at `span`, with the code's own severity.
    pub fn new(code: Code, span: impl Into<Option<Span>>, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity(),
            message: clipped(message.into()),
            span: span.into(),
            instance: None,
            help: None,
            related: Vec::new(),
            hides_source: false,
        }
    }

    /// The same finding, shown without the line that it is about.
    #[must_use]
    pub fn without_source(self) -> Self {
        Self { hides_source: true, ..self }
    }

    /// The same finding with help that says what to write.
    #[must_use]
    pub fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    /// The same finding with one more place that explains it.
    #[must_use]
    pub fn related(mut self, span: impl Into<Option<Span>>, message: impl Into<String>) -> Self {
        if let Some(span) = span.into() {
            self.related.push(Related { span, message: message.into() });
        }
        self
    }

    /// The same finding, said to be about a block instance.
    #[must_use]
    pub fn instance(self, instance: impl Into<String>) -> Self {
        Self { instance: Some(instance.into()), ..self }
    }
}

/// Messages quote what people wrote, which may be a name of a million characters.
fn clipped(message: String) -> String {
    const LONGEST: usize = 400;
    // A name in quotes may hold what ends a line.
    if message.contains(['\n', '\r']) {
        return clipped(message.replace('\n', "\\n").replace('\r', "\\r"));
    }
    match message.char_indices().nth(LONGEST) {
        Some((end, _)) => message.get(..end).unwrap_or_default().to_owned() + "…",
        None => message,
    }
}

/// The sink that every stage pushes into.
pub type Findings = Vec<Finding>;

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn what_is_wrong_with_text_references_and_permissions_stays_an_error() {
        let lint: BTreeSet<_> = LINT.iter().map(|attribute| attribute.name).collect();
        for fixed in
            ["syntax", "dangling-caller", "permission-target", "account-mismatch", "missing-in-account"]
        {
            assert!(!lint.contains(fixed) && !Code::from_name(fixed).unwrap().may_silence(), "{fixed}");
        }
        for free in ["no-callers", "limit-callers", "access-differs", "privatelink-lockout"] {
            assert!(lint.contains(free) && Code::from_name(free).unwrap().may_silence(), "{free}");
        }
        assert!(lint.contains("unproven") && !Code::Unproven.may_silence());
    }

    #[test]
    fn code_names_are_kebab_case_and_unique() {
        let names: BTreeSet<_> = Code::ALL.iter().map(|code| code.name()).collect();
        assert_eq!(names.len(), Code::ALL.len());
        assert!(names.iter().all(|name| name.bytes().all(|byte| byte == b'-' || byte.is_ascii_lowercase())));
    }
}

//! What can be wrong with a policy: one code for each kind of finding, in one table that also makes the docs.

use crate::source::Span;
use std::fmt;

/// How much a finding weighs. Ordered: a note is the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; nothing to do.
    Note,
    /// Probably not what was meant, or could not be decided.
    Warning,
    /// The policy is refused.
    Error,
}

impl Severity {
    /// The word in reports: `error`, `warning` or `note`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
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
    /// The policy against what the account holds.
    Facts,
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
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// The severity that a finding of this code has unless the policy says otherwise.
            #[must_use]
            pub fn severity(self) -> Severity {
                match self { $(Self::$variant => Severity::$severity),* }
            }

            /// What the code is about.
            #[must_use]
            pub fn family(self) -> Family {
                match self { $(Self::$variant => Family::$family),* }
            }

            /// One sentence that says what a finding of this code means.
            #[must_use]
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning),* }
            }
        }
    };
}

codes! {
    Syntax "syntax" Error Document "The text is not valid HCL or JSON.";
    NestingTooDeep "nesting-too-deep" Error Document "Brackets, blocks or templates are nested more than 100 deep.";
    TooLarge "too-large" Error Document "A file or the document is larger than the compiler reads.";
    UnknownBlock "unknown-block" Error Document "The policy language has no block of this name here.";
    UnknownAttribute "unknown-attribute" Error Document "The block has no attribute of this name.";
    MissingAttribute "missing-attribute" Error Document "A required attribute or block is missing.";
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
    PermissionRole "permission-role" Error Permission "The principal's account role is not Developer or higher, which managing an Endpoint needs.";
    PermissionTarget "permission-target" Error Permission "The principal lacks Namespace Admin on the Endpoint's target Namespace.";
    PermissionRetarget "permission-retarget" Error Permission "The principal lacks Namespace Admin on the Namespace that the Endpoint targets now.";
    LimitEndpoints "limit-endpoints" Error Limit "The account would hold more Endpoints than it may.";
    LimitCallers "limit-callers" Error Limit "An Endpoint would have more callers than it may.";
    AccountMismatch "account-mismatch" Error Facts "The policy is written for another account.";
    MissingInAccount "missing-in-account" Error Facts "What the policy declares does not exist in the account.";
    AccessDiffers "access-differs" Error Facts "A principal's declared access is not what it has in the account.";
    NamespaceDiffers "namespace-differs" Error Facts "A Namespace's declared properties are not what it has in the account.";
    Unproven "unproven" Warning Facts "It could not be decided whether something exists or is allowed.";
    Unmanaged "unmanaged" Note Facts "Something exists in the account that the policy neither declares nor ignores.";
    ExpiredGrant "expired-grant" Warning Lint "A grant is past its date and grants nothing; a note from 14 days before.";
    NoCallers "no-callers" Warning Lint "An Endpoint's allowlist is declared and empty: nobody may call it.";
    DuplicateCaller "duplicate-caller" Warning Lint "The same caller is listed twice in one list.";
}

impl fmt::Display for Code {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
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
        }
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
    fn code_names_are_kebab_case_and_unique() {
        let names: BTreeSet<_> = Code::ALL.iter().map(|code| code.name()).collect();
        assert_eq!(names.len(), Code::ALL.len());
        assert!(names.iter().all(|name| name.bytes().all(|byte| byte == b'-' || byte.is_ascii_lowercase())));
    }
}

//! The kinds of blocks.

use super::{BLOCKS, BlockType};
use schema::name::PrincipalKind;
use std::fmt;

/// A kind of block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BlockKind {
    /// `account`
    Account,
    /// `namespace`
    Namespace,
    /// `user`
    User,
    /// `service_account`
    ServiceAccount,
    /// `group`
    Group,
    /// `endpoint`
    Endpoint,
    /// `allowlist`
    Allowlist,
    /// `privatelink`
    Privatelink,
    /// `removed`
    Removed,
    /// `guard`
    Guard,
    /// `test`
    Test,
    /// `variable`
    Variable,
    /// `locals`
    Locals,
    /// `lint`
    Lint,
}

impl BlockKind {
    /// The kinds that expressions may refer to: each declares a named object.
    pub const REFERABLE: [Self; 5] =
        [Self::Namespace, Self::Endpoint, Self::User, Self::ServiceAccount, Self::Group];

    /// The word that opens the block.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Namespace => "namespace",
            Self::User => "user",
            Self::ServiceAccount => "service_account",
            Self::Group => "group",
            Self::Endpoint => "endpoint",
            Self::Allowlist => "allowlist",
            Self::Privatelink => "privatelink",
            Self::Removed => "removed",
            Self::Guard => "guard",
            Self::Test => "test",
            Self::Variable => "variable",
            Self::Locals => "locals",
            Self::Lint => "lint",
        }
    }

    /// The name of the declared object in messages.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Namespace => "Namespace",
            Self::Endpoint => "Endpoint",
            Self::ServiceAccount => "service account",
            other => other.name(),
        }
    }

    /// The kind of block that a word opens.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        BLOCKS.iter().map(|block| block.kind).find(|kind| kind.name() == name)
    }

    /// Whether expressions may refer to it.
    #[must_use]
    pub fn is_referable(self) -> bool {
        Self::REFERABLE.contains(&self)
    }

    /// The kind of principal that it declares.
    #[must_use]
    pub fn principal(self) -> Option<PrincipalKind> {
        match self {
            Self::User => Some(PrincipalKind::User),
            Self::ServiceAccount => Some(PrincipalKind::ServiceAccount),
            Self::Group => Some(PrincipalKind::Group),
            _ => None,
        }
    }

    /// Its table.
    #[must_use]
    pub fn table(self) -> Option<&'static BlockType> {
        BLOCKS.iter().find(|block| block.kind == self)
    }

    /// The labels that it carries, as docs and help write them.
    #[must_use]
    pub const fn labels(self) -> &'static [&'static str] {
        match self {
            Self::Account | Self::Locals | Self::Lint => &[],
            Self::Removed => &["KIND", "NAME"],
            _ => &["LABEL"],
        }
    }

    /// Whether it carries a label.
    #[must_use]
    pub const fn is_labelled(self) -> bool {
        !self.labels().is_empty()
    }
}

/// The kind of block that declares a kind of principal.
impl From<PrincipalKind> for BlockKind {
    fn from(kind: PrincipalKind) -> Self {
        match kind {
            PrincipalKind::User => Self::User,
            PrincipalKind::ServiceAccount => Self::ServiceAccount,
            PrincipalKind::Group => Self::Group,
        }
    }
}

impl fmt::Display for BlockKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_table() {
        for block in BLOCKS {
            assert_eq!(BlockKind::from_name(block.kind.name()), Some(block.kind));
            assert_eq!(block.kind.table().map(|table| table.doc), Some(block.doc));
        }
        assert!(BlockKind::Lint as usize + 1 == BLOCKS.len(), "a kind without a table");
        assert_eq!(BlockKind::from_name("endpiont"), None);
    }
}

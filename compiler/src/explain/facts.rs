//! A policy against what the account holds. A policy alone shows none of these.

use super::{Explanation, told};
use schema::diagnostic::Code;

pub(super) const EXPLANATIONS: &[Explanation] = &[
    told(
        Code::AccountMismatch,
        "The API key, or the file of facts, is of another account than the one that `account` names. Nothing else is \
         compared.",
    ),
    told(
        Code::MissingInAccount,
        "`nexusc` manages Endpoints, allowlists and private connections. Namespaces and principals that a policy \
         declares have to exist already.",
    ),
    told(
        Code::AccessDiffers,
        "Rights are decided by the account, not by what a policy declares: otherwise declaring a role would be enough to \
         pass its checks. Correct the policy, or change the access where it is managed.",
    ),
    told(
        Code::NamespaceDiffers,
        "Regions, authentication and tags are decided by the account: otherwise editing a tag would be enough to pass a \
         guard. Correct the policy, or change the Namespace where it is managed.",
    ),
    told(
        Code::Unproven,
        "The identity that reads the account does not see everything, or a role's rights are not known. What could not be \
         decided is said, never passed over: it can be made an error in `lint`, and not silenced.",
    ),
    told(
        Code::Unmanaged,
        "Something exists that the policy does not declare. It is not touched. Declare it, or list it in `ignore` of \
         `account` if others own it.",
    ),
];

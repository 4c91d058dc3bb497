//! Options for permissions that Temporal's public sources do not specify. The default of each is the strict value.

use clap::{Args, ValueEnum};
use devregistry::{CustomRoleTarget, OperationReaders, OwnersAreMade, Settings};

/// Who may do what, where Temporal does not document it.
#[derive(Args, Clone, Copy)]
#[command(next_help_heading = "Undocumented permissions")]
pub struct PermissionOptions {
    /// Who may grant the Owner role and create API keys of Owners
    #[arg(long, value_enum, value_name = "PRINCIPALS", default_value = "owners")]
    owners_made_by: Makers,
    /// Who may read an asynchronous operation
    #[arg(long, value_enum, value_name = "PRINCIPALS", default_value = "object-readers")]
    operation_readers: Readers,
    /// Which Namespaces a custom role may make the target of an Endpoint
    #[arg(long, value_enum, value_name = "NAMESPACES", default_value = "administered")]
    custom_role_target: Targets,
}

impl PermissionOptions {
    /// The settings with these permissions.
    pub fn apply(self, settings: Settings) -> Settings {
        Settings {
            owners_are_made: match self.owners_made_by {
                Makers::Owners => OwnersAreMade::ByOwners,
                Makers::GlobalAdmins => OwnersAreMade::ByGlobalAdmins,
            },
            operation_readers: match self.operation_readers {
                Readers::ObjectReaders => OperationReaders::OfObject,
                Readers::All => OperationReaders::All,
            },
            custom_role_target: match self.custom_role_target {
                Targets::Administered => CustomRoleTarget::Administered,
                Targets::Any => CustomRoleTarget::Any,
            },
            ..settings
        }
    }
}

#[derive(Clone, Copy, ValueEnum)]
enum Makers {
    /// Owners only
    Owners,
    /// Owners and Global Admins
    GlobalAdmins,
}

#[derive(Clone, Copy, ValueEnum)]
enum Readers {
    /// Principals that may read the object of the operation, and the principal that started it
    ObjectReaders,
    /// All principals with an account role
    All,
}

#[derive(Clone, Copy, ValueEnum)]
enum Targets {
    /// Namespaces that the holder of the role administers
    Administered,
    /// All Namespaces
    Any,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        permissions: PermissionOptions,
    }

    fn settings(arguments: &[&str]) -> Settings {
        let arguments = std::iter::once("dev").chain(arguments.iter().copied());
        Command::try_parse_from(arguments).unwrap().permissions.apply(Settings::default())
    }

    #[test]
    fn without_options_the_permissions_are_those_of_the_library() {
        let (found, expected) = (settings(&[]), Settings::default());
        assert_eq!(found.owners_are_made, expected.owners_are_made);
        assert_eq!(found.operation_readers, expected.operation_readers);
        assert_eq!(found.custom_role_target, expected.custom_role_target);
    }

    #[test]
    fn each_option_changes_one_permission() {
        let found = settings(&["--owners-made-by", "global-admins"]);
        assert_eq!(found.owners_are_made, OwnersAreMade::ByGlobalAdmins);
        assert_eq!(found.operation_readers, OperationReaders::OfObject);
        let found = settings(&["--operation-readers", "all"]);
        assert_eq!(found.operation_readers, OperationReaders::All);
        assert_eq!(found.custom_role_target, CustomRoleTarget::Administered);
        let found = settings(&["--custom-role-target", "any"]);
        assert_eq!(found.custom_role_target, CustomRoleTarget::Any);
        assert_eq!(found.owners_are_made, OwnersAreMade::ByOwners);
    }
}

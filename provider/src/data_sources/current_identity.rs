//! `temporalnexus_current_identity`: who the API key belongs to, and what this identity holds.

use schema::access::{AccountRole, NamespacePermission};
use schema::backend::Backend;
use tfplugin::{Answer, Attribute, Configured, Context, DataSource, Schema, Type, Value, async_trait};

use crate::diagnostics::cloud_only;
use crate::session::Session;
use crate::wait;

/// The data source.
pub(super) struct CurrentIdentity(pub(super) Configured<Session>, pub(super) Configured<Backend>);

#[async_trait]
impl DataSource for CurrentIdentity {
    fn type_name(&self) -> &str {
        "temporalnexus_current_identity"
    }

    fn schema(&self) -> Schema {
        let text = |name, description| Attribute::computed(name, Type::String, description);
        Schema::new(
            0,
            "Reads the user or service account that the API key belongs to, and the roles and permissions that it holds directly \
             and through groups.",
            [
                text("id", "Kind and name, such as `service_account.ci` or `user.ana@acme.example`."),
                text("kind", "`user` or `service_account`."),
                text("name", "Name of the service account, or the user's e-mail address."),
                text("registry_id", "Id assigned by the registry."),
                text("account_id", "Id of the account; null if the registry does not return it."),
                Attribute::computed(
                    "account_roles",
                    Type::set(Type::String),
                    "Account roles: `owner`, `admin`, `developer`, `finance_admin`, `read`, `metrics_read`.",
                ),
                Attribute::computed(
                    "namespace_permissions",
                    Type::map(Type::String),
                    "Namespace permissions by Namespace id: `admin`, `write` or `read`. Owners and Global Admins have `admin` on \
                     all Namespaces, whether listed or not.",
                ),
                text(
                    "may_hold_more",
                    "Reason why the identity may hold more than is listed, such as custom roles; null if the lists are complete.",
                ),
            ],
        )
    }

    async fn validate(&self, _cx: &Context, _config: Value) -> Answer<()> {
        cloud_only::require_configured(&self.1, cloud_only::no_principals)
    }

    async fn read(&self, cx: &Context, _config: Value) -> Answer<Value> {
        let session = self.0.require()?;
        let account = session.require()?;
        cloud_only::require(account.backend(), cloud_only::no_principals)?;
        let registry = account.registry();
        let identity = wait::answered(cx, registry, registry.identity()).await?;
        let rights = wait::answered(cx, registry, registry.rights(&identity)).await?;
        let account_id = wait::answered(cx, registry, account.id()).await?;
        let permissions = rights.namespaces.iter();
        let permissions = permissions.map(|(id, held)| (id.to_string(), NamespacePermission::name(*held)));
        Ok(Value::object([
            ("id", identity.id.to_string().into()),
            ("kind", identity.id.kind.name().into()),
            ("name", identity.id.name().into()),
            ("registry_id", identity.registry_id.into()),
            ("account_id", account_id.as_ref().as_ref().map(ToString::to_string).into()),
            ("account_roles", Value::set(rights.roles.iter().copied().map(AccountRole::name))),
            ("namespace_permissions", Value::map(permissions)),
            ("may_hold_more", rights.may_hold_more.into()),
        ]))
    }
}

//! `temporalnexus_current_identity`: who the API key belongs to, and what this identity holds.

use schema::access::{AccountRole, NamespacePermission};
use schema::block::Backend;
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
            "The user or service account that the API key belongs to, and what it may do by its own grants and its groups'.",
            [
                text("id", "Kind and name, such as `service_account.ci` or `user.ana@acme.example`."),
                text("kind", "`user` or `service_account`."),
                text("name", "Name of the service account, or the user's e-mail address."),
                text("registry_id", "The id that the registry gave it."),
                text("account_id", "Id of the account; null where the registry does not tell."),
                Attribute::computed(
                    "account_roles",
                    Type::set(Type::String),
                    "Its roles in the account: `owner`, `admin`, `developer`, `finance_admin`, `read`, `metrics_read`.",
                ),
                Attribute::computed(
                    "namespace_permissions",
                    Type::map(Type::String),
                    "Its permissions on Namespaces by their ids: `admin`, `write` or `read`. Owners and Global Admins hold `admin` on \
                     all, listed or not.",
                ),
                text(
                    "may_hold_more",
                    "Why it may hold more than is listed, custom roles for instance; null where this is all.",
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

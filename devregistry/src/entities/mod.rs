//! What an account holds, one file for each kind of object: its checks and its messages.

pub(crate) mod api_key;
pub(crate) mod connectivity_rule;
pub(crate) mod custom_role;
pub(crate) mod endpoint;
pub(crate) mod endpoints;
pub(crate) mod grant;
pub(crate) mod id;
pub(crate) mod namespace;
pub(crate) mod principal;
pub(crate) mod replicas;
pub(crate) mod resource;
pub(crate) mod service_account;
pub(crate) mod user;
pub(crate) mod user_group;

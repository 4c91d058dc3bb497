//! How a registry is reached: its address, a proxy, and which CAs are trusted.

use crate::address::Address;
use crate::connection::proxy::Proxy;
use crate::error::Problem;

/// How a registry is reached.
#[derive(Clone)]
pub(crate) struct Route {
    pub(crate) address: Address,
    pub(crate) proxy: Option<Proxy>,
    /// Whether the trusted certificates of this machine apply, and not a configured CA.
    pub(crate) trusts_platform: bool,
}

impl Route {
    /// Without a proxy.
    pub(crate) fn direct(address: Address) -> Self {
        Self { address, proxy: None, trusts_platform: true }
    }

    /// Through the proxy that the environment configures, if any.
    pub(crate) fn from_environment(address: Address) -> Result<Self, Problem> {
        let proxy = Proxy::of_process(&address.url())?;
        Ok(Self { proxy, ..Self::direct(address) })
    }
}

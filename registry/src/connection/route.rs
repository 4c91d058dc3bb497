//! How a registry is reached: its address, the proxy on the way to it, and whose certificates are trusted.

use crate::address::Address;
use crate::connection::proxy::Proxy;
use crate::error::Problem;

/// The way to a registry.
#[derive(Clone)]
pub(crate) struct Route {
    pub(crate) address: Address,
    pub(crate) proxy: Option<Proxy>,
    /// Whether what this machine trusts decides about the registry's certificate, and not a CA that was given.
    pub(crate) trusts_platform: bool,
}

impl Route {
    /// Directly, and trusting what this machine trusts.
    pub(crate) fn direct(address: Address) -> Self {
        Self { address, proxy: None, trusts_platform: true }
    }

    /// By the proxy that the environment names, if it does.
    pub(crate) fn by_proxy(address: Address) -> Result<Self, Problem> {
        let proxy = Proxy::of_process(&address.url())?;
        Ok(Self { proxy, ..Self::direct(address) })
    }
}

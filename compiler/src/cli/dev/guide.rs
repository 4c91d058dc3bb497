//! The startup message of `nexusc dev` on a terminal: what it serves, and commands that connect clients to it.

use super::scheme;
use crate::report::printable_line;
use devregistry::DevRegistry;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;

/// A registry that is ready.
pub struct Guide<'a> {
    pub registry: &'a DevRegistry,
    pub address: SocketAddr,
    pub secured: bool,
    /// The certificate to trust.
    pub ca: Option<&'a Path>,
    pub control: bool,
}

impl Guide<'_> {
    /// The message, with everything to copy indented by two spaces.
    pub fn text(&self) -> String {
        let host = self.host();
        let url = format!("{}://{host}", scheme(self.secured));
        let mut text = format!(
            "serving the account `{}` on {url} (HTTP/JSON) and {host} (gRPC) until Ctrl-C\n\n",
            self.registry.account_id()
        );
        text += &self.variables(&host);
        text += &self.clients(&host, &url);
        if self.control {
            text += &format!(
                "\nfaults, here one connection that closes after the write was committed:\n  curl {}{KEY} \
                 -d '{{\"fault\": \"drop-after-commit,times=1\"}}' {url}/control/faults\n",
                self.trust(),
            );
        }
        text + "\n"
    }

    fn variables(&self, host: &str) -> String {
        let keys = self.registry.api_keys();
        let owner = keys.iter().find(|(id, _)| id.to_string() == "user.owner").or_else(|| keys.iter().next());
        let secure = match (self.secured, self.ca) {
            (false, _) => "  export TEMPORAL_CLOUD_ALLOW_INSECURE=true\n".to_owned(),
            (true, Some(ca)) => format!("  export SSL_CERT_FILE={}\n", quoted(ca)),
            (true, None) => String::new(),
        };
        let Some((owner, key)) = owner else { return String::new() };
        format!(
            "in the shell of a client; this key is `{}`'s, standard output has all keys:\n  \
             export TEMPORAL_CLOUD_ENDPOINT={host}\n{secure}  export TEMPORAL_CLOUD_API_KEY={}\n",
            printable_line(&owner.to_string()),
            key.expose()
        )
    }

    fn clients(&self, host: &str, url: &str) -> String {
        let trust = self.trust();
        let insecure = if self.secured { "" } else { " --insecure" };
        let tls = match (self.secured, self.ca) {
            (false, _) => "False".to_owned(),
            (true, None) => "True".to_owned(),
            (true, Some(_)) => {
                "TLSConfig(server_root_ca_cert=open(os.environ[\"SSL_CERT_FILE\"], \"rb\").read())".to_owned()
            }
        };
        let typescript = match (self.secured, self.ca) {
            (true, Some(ca)) => format!("  export NODE_EXTRA_CA_CERTS={}\n", quoted(ca)),
            (true, None) => String::new(),
            (false, _) => "  nexusc dev --tls\n".to_owned(),
        };
        format!(
            "\nnexusc:\n  nexusc plan .\n\
             \ncurl:\n  curl {trust}{KEY} {url}/cloud/nexus/endpoints\n\
             \nTerraform with this project's provider, and with the official one; both read the variables:\n  \
             provider \"temporalnexus\" {{}}\n  provider \"temporalcloud\" {{}}\n\
             \ntcld:\n  tcld --server {host}{insecure} --api-key \"$TEMPORAL_CLOUD_API_KEY\" nexus endpoint list\n\
             \nPython SDK:\n  python3 -c 'import asyncio, os; from temporalio.client import CloudOperationsClient, \
             TLSConfig; asyncio.run(CloudOperationsClient.connect(target_host=\"{host}\", tls={tls}, \
             api_key=os.environ[\"TEMPORAL_CLOUD_API_KEY\"]))'\n\
             \nGo SDK, in cloudclient.Options:\n  HostPort: \"{host}\", AllowInsecure: {}, APIKey: \
             os.Getenv(\"TEMPORAL_CLOUD_API_KEY\"),\n\
             \nTypeScript SDK, which requires TLS:\n{typescript}",
            !self.secured,
        )
    }

    /// The curl option to trust the certificate.
    fn trust(&self) -> &'static str {
        if self.ca.is_some() { "--cacert \"$SSL_CERT_FILE\" " } else { "" }
    }

    /// `localhost` where it resolves to the address: some clients require a host name.
    fn host(&self) -> String {
        let local = match self.address.ip() {
            IpAddr::V4(ip) => ip.is_unspecified() || ip.octets() == [127, 0, 0, 1],
            IpAddr::V6(ip) => ip.is_unspecified() || ip.is_loopback(),
        };
        if local { format!("localhost:{}", self.address.port()) } else { self.address.to_string() }
    }
}

const KEY: &str = "-H \"Authorization: Bearer $TEMPORAL_CLOUD_API_KEY\"";

/// A path quoted for a shell.
fn quoted(path: &Path) -> String {
    format!("'{}'", path.to_string_lossy().replace('\'', "'\\''"))
}

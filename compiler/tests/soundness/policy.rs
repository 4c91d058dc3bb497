//! A case's policy as it is written.

use crate::case::{Block, Case};
use crate::connection::{CONNECTIONS, Link};
use schema::access::{Access, NamespacePermission};
use schema::name::NamespaceId;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

impl Case {
    /// The policy as it is written.
    pub fn policy(&self) -> String {
        let limits = self.limits();
        let mut text = String::from("account {\n  id = \"a2dd6\"\n  limits = {\n");
        for (name, most) in [
            ("endpoints", limits.endpoints),
            ("callers_per_endpoint", limits.callers_per_endpoint),
            ("privatelinks_per_namespace", limits.privatelinks_per_namespace),
            ("privatelinks_per_account", limits.privatelinks_per_account),
        ] {
            writeln!(text, "    {name} = {most}").unwrap();
        }
        text.push_str("  }\n}\n");
        for number in &self.described {
            let regions = self.namespaces.get(number).copied().unwrap_or(&["aws-us-east-1"]);
            writeln!(text, "namespace \"n{number}\" {{\n  regions = {regions:?}\n}}").unwrap();
        }
        self.introduced.iter().for_each(|at| self.push_principal(&mut text, *at));
        self.declared.iter().for_each(|(number, block)| self.push_endpoint(&mut text, *number, block));
        self.push_grants(&mut text);
        self.links.iter().for_each(|(number, link)| self.push_link(&mut text, *number, link));
        text
    }

    fn push_principal(&self, text: &mut String, at: usize) {
        if at >= self.principals.len() {
            return;
        }
        let principal = self.principal(at);
        writeln!(text, "{} \"{}\" {{", principal.id.kind.name(), principal.id.name()).unwrap();
        match &principal.access {
            Access::Account { role, namespaces } => {
                writeln!(text, "  account_access = \"{}\"", role.name()).unwrap();
                writeln!(text, "  namespace_access = {}", permissions(namespaces)).unwrap();
            }
            Access::NamespaceScoped { namespace, permission } => {
                let (namespace, permission) = (namespace.name(), permission.name());
                writeln!(text, "  namespace_scoped_access = {{ namespace = \"{namespace}\", permission = \"{permission}\" }}")
                    .unwrap();
            }
        }
        if !principal.members.is_empty() {
            let members: Vec<_> = principal.members.iter().map(|member| member.name()).collect();
            writeln!(text, "  members = {members:?}").unwrap();
        }
        text.push_str("}\n");
    }

    fn push_endpoint(&self, text: &mut String, number: u8, block: &Block) {
        writeln!(text, "endpoint \"e{number}\" {{").unwrap();
        let (target, queue) = (block.target, block.queue);
        writeln!(text, "  worker_target = {{ namespace = \"n{target}\", task_queue = \"q{queue}\" }}")
            .unwrap();
        if let Some(callers) = &block.callers {
            writeln!(text, "  allowed_caller_namespaces = {}", listed(callers)).unwrap();
        }
        if let Some(description) = block.description {
            writeln!(text, "  description = {}", serde_json::Value::from(description)).unwrap();
        }
        if let Some(from) = block.renamed_from {
            writeln!(text, "  renamed_from = \"e{from}\"").unwrap();
        }
        self.push_manager(text, block.managed_by);
        text.push_str("}\n");
    }

    fn push_grants(&self, text: &mut String) {
        for (at, grant) in self.grants.iter().enumerate() {
            let (endpoint, callers) = (grant.endpoint, listed(&grant.callers));
            let expires = grant.expires.map(|day| format!("  expires = \"{day}\"\n")).unwrap_or_default();
            writeln!(
                text,
                "allowlist \"a{at}\" {{\n  endpoint = \"e{endpoint}\"\n  callers = {callers}\n{expires}}}"
            )
            .unwrap();
        }
    }

    fn push_link(&self, text: &mut String, number: u8, link: &Link) {
        let connection = &CONNECTIONS[usize::from(number)];
        writeln!(text, "privatelink \"p{number}\" {{").unwrap();
        writeln!(text, "  region = \"{}\"\n  connection_id = \"{}\"", connection.region, connection.id)
            .unwrap();
        if let Some(project) = connection.project {
            writeln!(text, "  gcp_project_id = \"{project}\"").unwrap();
        }
        writeln!(text, "  namespaces = {}", listed(&link.namespaces)).unwrap();
        for (name, on) in
            [("keep_public", link.keep_public), ("allow_public_lockout", link.allow_public_lockout)]
        {
            if on {
                writeln!(text, "  {name} = true").unwrap();
            }
        }
        self.push_manager(text, link.managed_by);
        text.push_str("}\n");
    }

    /// One of the principals, or a stranger.
    fn push_manager(&self, text: &mut String, manager: Option<usize>) {
        let Some(at) = manager else { return };
        let manager = match self.principals.get(at) {
            Some(held) => held.id(at).to_string(),
            None => "user.stranger@acme.example".to_owned(),
        };
        writeln!(text, "  managed_by = \"{manager}\"").unwrap();
    }
}

fn permissions(held: &BTreeMap<NamespaceId, NamespacePermission>) -> String {
    let held: Vec<_> =
        held.iter().map(|(namespace, held)| format!("{} = \"{}\"", namespace.name(), held.name())).collect();
    format!("{{ {} }}", held.join(", "))
}

fn listed(callers: &BTreeSet<u8>) -> String {
    let names: Vec<_> = callers.iter().map(|caller| format!("\"n{caller}\"")).collect();
    format!("[{}]", names.join(", "))
}

//! A policy of a size: the same account written in HCL, as people write it with references, and in JSON, as
//! `examples/acme-json` writes it with names.

use std::fmt::Write;

/// How large a policy is.
#[derive(Clone, Copy)]
pub struct Size {
    /// Its Namespaces, and as many Endpoints.
    pub endpoints: usize,
    /// The callers of each Endpoint.
    pub callers: usize,
    /// The entries of the map in `locals`.
    pub entries: usize,
}

impl Size {
    /// The size that the promise is about.
    pub const PROMISED: Self = Self { endpoints: 10_000, callers: 8, entries: 10_000 };

    /// The calls that the policy allows.
    pub fn calls(self) -> usize {
        self.endpoints * self.callers
    }

    /// The Namespaces that may call an Endpoint, by their number.
    fn callers_of(self, endpoint: usize) -> impl Iterator<Item = usize> {
        (1..=self.callers).map(move |step| (endpoint + step * 37) % self.endpoints)
    }
}

/// Five guards: name, what each is about, its condition and its message.
const GUARDS: [[&str; 4]; 5] = [
    [
        "same-environment",
        "call",
        "call.caller.tags.env == call.target.tags.env",
        "${call.caller.name} may not call ${call.endpoint.name} across environments",
    ],
    [
        "scope",
        "call",
        "call.target.tags.scope != \\\"restricted\\\" || call.caller.tags.scope == \\\"restricted\\\"",
        "${call.caller.name} is not in the scope of ${call.endpoint.name}",
    ],
    ["owned", "namespace", "can(local.centres[namespace.tags.team])", "${namespace.name} has no cost centre"],
    ["few-callers", "endpoint", "length(endpoint.callers) <= 500", "${endpoint.name} has too many callers"],
    [
        "machines",
        "principal",
        "principal.kind == \\\"service_account\\\" || principal.account_access != \\\"owner\\\"",
        "${principal.name} is an owner",
    ],
];

/// The policy in HCL.
pub fn hcl(size: Size) -> String {
    let mut text = format!(
        "account {{\n  id       = \"a2dd6\"\n  apply_as = service_account.ci\n  limits   = {{ endpoints = {} }}\n}}\n\n",
        size.endpoints
    );
    text += "service_account \"ci\" {\n  account_access = \"admin\"\n}\n\nlocals {\n  centres = {\n";
    for entry in 0..size.entries {
        let _ = writeln!(text, "    team-{entry:06} = \"cost-centre-{entry:06}\"");
    }
    text += "  }\n}\n";
    for [name, each, condition, message] in GUARDS {
        let condition = condition.replace("\\\"", "\"");
        let _ = write!(
            text,
            "\nguard \"{name}\" {{\n  each      = \"{each}\"\n  condition = {condition}\n  message   = \"{message}\"\n}}\n"
        );
    }
    for namespace in 0..size.endpoints {
        let (team, scope) = (namespace % size.entries, scope(namespace));
        let _ = write!(
            text,
            "\nnamespace \"team-{namespace:06}-prod\" {{\n  regions = [\"aws-us-east-1\"]\n  auth    = [\"mtls\"]\n  \
             tags    = {{ team = \"team-{team:06}\", env = \"prod\", scope = \"{scope}\" }}\n}}\n"
        );
    }
    for endpoint in 0..size.endpoints {
        let _ = write!(
            text,
            "\nendpoint \"service-{endpoint:06}\" {{\n  description   = \"What team {endpoint} does for others.\"\n  \
             worker_target = {{ namespace = namespace.team-{endpoint:06}-prod, task_queue = \"service-{endpoint:06}\" }}\n  \
             allowed_caller_namespaces = [\n"
        );
        for caller in size.callers_of(endpoint) {
            let _ = writeln!(text, "    namespace.team-{caller:06}-prod,");
        }
        text += "  ]\n}\n";
    }
    text
}

/// The policy in JSON.
pub fn json(size: Size) -> String {
    let mut text = format!(
        "{{\n  \"account\": {{\n    \"id\": \"a2dd6\",\n    \"apply_as\": \"service_account.ci\",\n    \
         \"limits\": {{ \"endpoints\": {} }}\n  }},\n",
        size.endpoints
    );
    text += "  \"service_account\": {\n    \"ci\": { \"account_access\": \"admin\" }\n  },\n";
    let entries =
        (0..size.entries).map(|entry| format!("      \"team-{entry:06}\": \"cost-centre-{entry:06}\""));
    let entries: Vec<_> = entries.collect();
    let _ = write!(text, "  \"locals\": {{\n    \"centres\": {{\n{}\n    }}\n  }},\n", entries.join(",\n"));
    let guards = GUARDS.map(|[name, each, condition, message]| {
        format!(
            "    \"{name}\": {{\n      \"each\": \"{each}\",\n      \"condition\": \"${{{condition}}}\",\n      \
             \"message\": \"{message}\"\n    }}"
        )
    });
    let _ = write!(text, "  \"guard\": {{\n{}\n  }},\n", guards.join(",\n"));
    let namespaces = (0..size.endpoints).map(|namespace| {
        let (team, scope) = (namespace % size.entries, scope(namespace));
        format!(
            "    \"team-{namespace:06}-prod\": {{\n      \"regions\": [\"aws-us-east-1\"],\n      \"auth\": [\"mtls\"],\n      \
             \"tags\": {{ \"team\": \"team-{team:06}\", \"env\": \"prod\", \"scope\": \"{scope}\" }}\n    }}"
        )
    });
    let _ = write!(text, "  \"namespace\": {{\n{}\n  }},\n", namespaces.collect::<Vec<_>>().join(",\n"));
    let endpoints = (0..size.endpoints).map(|endpoint| {
        let callers = size.callers_of(endpoint).map(|caller| format!("        \"team-{caller:06}-prod\""));
        let callers = callers.collect::<Vec<_>>().join(",\n");
        format!(
            "    \"service-{endpoint:06}\": {{\n      \"description\": \"What team {endpoint} does for others.\",\n      \
             \"worker_target\": {{ \"namespace\": \"team-{endpoint:06}-prod\", \"task_queue\": \"service-{endpoint:06}\" }},\n      \
             \"allowed_caller_namespaces\": [\n{callers}\n      ]\n    }}"
        )
    });
    let _ = write!(text, "  \"endpoint\": {{\n{}\n  }}\n}}\n", endpoints.collect::<Vec<_>>().join(",\n"));
    text
}

fn scope(namespace: usize) -> &'static str {
    if namespace.is_multiple_of(2) { "open" } else { "internal" }
}

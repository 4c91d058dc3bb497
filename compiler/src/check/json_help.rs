//! Help in JSON for what is wrong in a JSON file: checks say what to write in HCL.

use crate::diagnostic::Finding;
use crate::diagnostic::source::Sources;
use crate::syntax::Language;

/// The finding with help in the language of its file.
pub(super) fn in_language(finding: Finding, sources: &Sources) -> Finding {
    let file = finding.span.and_then(|span| sources.get(span.file));
    if file.is_none_or(|file| Language::of_path(file.path_in_policy()) != Language::Json) {
        return finding;
    }
    let help = finding.help.map(|help| in_json(&help).unwrap_or(help));
    Finding { help, ..finding }
}

/// Help on a block or an attribute to write; `None` for other help.
fn in_json(help: &str) -> Option<String> {
    let (before, rest) = help.split_once('`')?;
    let (code, after) = rest.split_once('`')?;
    let written = match before {
        "declare it: " | "add it: " | "add " | "write blocks such as " => block(code)?,
        "write " => attribute(code)?,
        _ => return None,
    };
    Some(format!("{before}`{written}`{after}"))
}

/// `namespace "a" { … }` and `account { id = "…" }`.
fn block(code: &str) -> Option<String> {
    let (header, body) = code.split_once(" {")?;
    let body = body.strip_suffix('}')?.trim();
    let body = match body.split_once(" = ") {
        Some((name, value)) => format!("{{ \"{name}\": {value} }}"),
        None => "{ … }".to_owned(),
    };
    Some(match header.split_once(' ') {
        Some((kind, label)) => format!("\"{kind}\": {{ {label}: {body} }}"),
        None => format!("\"{header}\": {body}"),
    })
}

/// `regions = …`.
fn attribute(code: &str) -> Option<String> {
    let (name, value) = code.split_once(" = ")?;
    let is_plain = !value.contains('=') && name.bytes().all(|byte| byte == b'_' || byte.is_ascii_lowercase());
    is_plain.then(|| format!("\"{name}\": {value}"))
}

#[cfg(test)]
mod tests {
    use super::in_json;
    use crate::check::expect::settled;

    #[test]
    fn what_to_write_is_said_in_json() {
        for (help, expected) in [
            ("declare it: `namespace \"a\" { … }`", "declare it: `\"namespace\": { \"a\": { … } }`"),
            ("add `account { id = \"…\" }`; the id", "add `\"account\": { \"id\": \"…\" }`; the id"),
            ("add it: `locals { x = … }`", "add it: `\"locals\": { \"x\": … }`"),
            (
                "declare it: `user \"a\" { for_each = … }`",
                "declare it: `\"user\": { \"a\": { \"for_each\": … } }`",
            ),
            (
                "write blocks such as `endpoint \"payments\" { … }`; x",
                "write blocks such as `\"endpoint\": { \"payments\": { … } }`; x",
            ),
            ("write `regions = …`, a list of strings", "write `\"regions\": …`, a list of strings"),
        ] {
            assert_eq!(in_json(help).as_deref(), Some(expected));
        }
        for help in
            ["did you mean `a`?", "write one of `a` or `b`", "rename or remove one of them", "write `!`"]
        {
            assert_eq!(in_json(help), None, "{help}");
        }
    }

    #[test]
    fn each_file_is_helped_in_its_language() {
        let json = r#"{ "account": { "id": "a2dd6" }, "namespace": { "orders-prod": {} } }"#;
        let hcl = "account { id = \"a2dd6\" }\nnamespace \"orders-prod\" {\n}\n";
        let help = |path: &str, policy: &str| settled(path, policy).0[0].help.clone();
        assert_eq!(help("p.nexus.json", json).as_deref(), Some("write `\"regions\": …`, a list of strings"));
        assert_eq!(help("p.nexus.hcl", hcl).as_deref(), Some("write `regions = …`, a list of strings"));
    }
}

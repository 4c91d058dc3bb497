//! Names that look like another name.

use super::CheckContext;
use crate::diagnostic::source::Span;
use crate::diagnostic::subject::{Part, Parts};
use crate::diagnostic::{Code, Control, Decided, Examples, Family, Finding, Findings, Severity};
use crate::evaluate::Reference;
use crate::fast::hash::FastMap;
use printable::is_hidden;
use schema::name::PrincipalKind;
use std::collections::hash_map::Entry;
use unicode_normalization::UnicodeNormalization;

pub static CONFUSABLE_NAME: Code = Code {
    name: "confusable-name",
    severity: Severity::Warning,
    family: Family::Lint,
    control: Control::Silenceable,
    decided: Decided::Always,
    meaning: "A name looks like another name of the same kind.",
    explanation: "Letters of several alphabets look alike, so that a reviewer may take one name for another and agree to \
                  access for the wrong one. Compared are the names of Namespaces, Endpoints, users, service accounts and \
                  groups. Choose another name.",
    examples: Examples {
        wrong: r#"user "ana@acme.example" { account_access = "developer" }
user "аna@acme.example" { account_access = "developer" } #! confusable-name
"#,
        right: r#"user "ana@acme.example" { account_access = "developer" }
user "ana.b@acme.example" { account_access = "developer" }
"#,
        json: None,
        facts: None,
    },
};

pub(super) fn check(context: &CheckContext, findings: &mut Findings) {
    let policy = context.policy;
    let namespaces = policy.namespaces.iter();
    let namespaces = namespaces.map(|(id, it)| ("Namespace", id.name().as_str(), it.span, &it.instance));
    report(namespaces, findings);
    let endpoints = policy.endpoints.values();
    let endpoints = endpoints.map(|it| ("Endpoint", it.name.as_str(), it.span, &it.instance));
    report(endpoints, findings);
    let principals = policy.principals.iter();
    let principals = principals.map(|(id, it)| (title(id.kind), id.name(), it.span, &it.instance));
    report(principals, findings);
}

fn title(kind: PrincipalKind) -> &'static str {
    match kind {
        PrincipalKind::User => "user",
        PrincipalKind::ServiceAccount => "service account",
        PrincipalKind::Group => "group",
    }
}

/// A name with its kind, its block and its instance.
type Named<'p> = (&'static str, &'p str, Span, &'p Reference);

fn report<'p>(names: impl Iterator<Item = Named<'p>>, findings: &mut Findings) {
    let mut names: Vec<_> = names.collect();
    names.sort_by_key(|(_, _, span, _)| *span);
    // The first of each, and the findings of the others by their index.
    let mut seen: FastMap<(&str, String), (Named, Vec<usize>)> = FastMap::default();
    for named in names {
        let (kind, name, span, instance) = named;
        // That it holds one is reported.
        if name.contains(is_hidden) {
            continue;
        }
        match seen.entry((kind, skeleton(name))) {
            Entry::Occupied(mut known) => {
                let ((_, other, at, _), others) = known.get_mut();
                others.push(findings.len());
                let message = format!("the {kind} `{name}` looks like `{other}`");
                let finding = Finding::new(&CONFUSABLE_NAME, span, message);
                let finding = finding.related(*at, format!("`{other}` is declared here"));
                let finding = finding.about(part(kind), *other).about(part(kind), name);
                findings.push(finding.help("choose a name that cannot be mistaken").instance(instance));
            }
            Entry::Vacant(new) => drop(new.insert((named, Vec::new()))),
        }
    }
    // Which of several is the first depends on the order of files, what they are all about does not.
    for others in seen.into_values().map(|(_, others)| others).filter(|others| others.len() > 1) {
        let about = others.iter().filter_map(|at| findings.get(*at)).flat_map(|it| it.about.clone());
        let about: Parts = about.collect();
        for at in others {
            findings.get_mut(at).into_iter().for_each(|it| it.about.clone_from(&about));
        }
    }
}

fn part(kind: &str) -> Part {
    match kind {
        "Namespace" => Part::Namespace,
        "Endpoint" => Part::Endpoint,
        _ => Part::Principal,
    }
}

/// What a name looks like: names with the same skeleton are easily mistaken for each other.
fn skeleton(name: &str) -> String {
    if name.is_ascii() {
        let look = |byte| match byte {
            b'0' => 'O',
            b'1' | b'I' | b'|' => 'l',
            _ => char::from(byte),
        };
        return name.bytes().map(look).collect();
    }
    name.nfkc().map(look).collect()
}

/// The letter that a letter looks like.
fn look(letter: char) -> char {
    match letter {
        '0' | 'Ο' | 'О' | 'Օ' => 'O',
        '1' | 'I' | '|' | 'Ι' | 'І' | 'Ӏ' | 'ӏ' | 'ǀ' | 'ℓ' => 'l',
        'а' | 'α' | 'ɑ' => 'a',
        'ԁ' => 'd',
        'е' | 'ҽ' | 'є' => 'e',
        'ɡ' | 'ց' => 'g',
        'һ' | 'հ' => 'h',
        'і' | 'ι' | 'ı' | 'ɩ' => 'i',
        'ј' | 'ϳ' => 'j',
        'о' | 'ο' | 'σ' | 'օ' => 'o',
        'р' | 'ρ' => 'p',
        'ԛ' => 'q',
        'ѕ' => 's',
        'с' | 'ϲ' => 'c',
        'υ' | 'ս' => 'u',
        'ν' | 'ѵ' => 'v',
        'ԝ' | 'ѡ' => 'w',
        'х' | 'χ' => 'x',
        'у' | 'γ' => 'y',
        'ո' => 'n',
        'А' | 'Α' => 'A',
        'В' | 'Β' => 'B',
        'С' | 'Ϲ' => 'C',
        'Е' | 'Ε' => 'E',
        'Н' | 'Η' => 'H',
        'Ј' => 'J',
        'К' | 'Κ' => 'K',
        'М' | 'Μ' => 'M',
        'Ν' => 'N',
        'Р' | 'Ρ' => 'P',
        'Ѕ' => 'S',
        'Т' | 'Τ' => 'T',
        'У' | 'Υ' => 'Y',
        'Х' | 'Χ' => 'X',
        'Ζ' => 'Z',
        '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' | '﹘' => '-',
        '․' => '.',
        _ => letter,
    }
}

#[cfg(test)]
mod tests {
    use crate::check::expect::check;

    #[test]
    fn warns_of_names_that_look_alike() {
        check(
            r#"service_account "ci" { account_access = "developer" }
service_account "сі" { account_access = "developer" } #! confusable-name
service_account "ｃｉ" { account_access = "developer" } #! confusable-name
group "ops-1" { account_access = "developer" }
group "ops‑l" { account_access = "developer" } #! confusable-name
"#,
        );
    }

    #[test]
    fn other_names_and_other_kinds_are_distinct() {
        check(
            r#"service_account "ci" { account_access = "developer" }
group "сі" { account_access = "developer" }
user "ana@acme.example" { account_access = "developer" }
user "anna@acme.example" { account_access = "developer" }
"#,
        );
    }
}

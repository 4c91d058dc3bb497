//! Hidden characters in values, however they are made: written as escapes, given by functions or from outside. Those that
//! stand in the text of a file are reported there.

use crate::diagnostic::source::{Sources, Span};
use crate::diagnostic::{Finding, Findings, HIDDEN_CHARACTER};
use crate::evaluate::{Each, Expansion, Origin, Value, ValueKind};
use crate::fast::hash::{FastMap, FastSet};
use crate::language::hidden::{Kind, first_hidden, named};
use crate::syntax::document::{Block, Expr, ExprKind, Part, PartKind};
use std::cell::RefCell;
use std::sync::Arc;

/// The attributes whose values are sentences.
const PROSE: [&str; 3] = ["description", "message", "reason"];

/// A longer text, in bytes, is read once, however often it is used.
const SHORT: usize = 64;

/// Looks for hidden characters in values.
pub struct HiddenCharacters<'a> {
    sources: &'a Sources,
    /// The longer texts that were read and hold none, by address. They are kept, so that no other text has their address.
    clean: RefCell<FastMap<(*const u8, bool), Arc<str>>>,
    /// Whether the text of an expression holds one, which is reported.
    written: RefCell<FastMap<Span, bool>>,
    /// Names of blocks that hold one, which is reported where they are declared.
    names: RefCell<FastSet<Arc<str>>>,
}

/// A hidden character of a value.
struct Found {
    letter: char,
    /// What holds it, such as `worker_target.task_queue`.
    owner: String,
    /// Whether a key of that holds it.
    is_key: bool,
    at: Origin,
}

impl Found {
    fn within(self, owner: &str) -> Self {
        Self { owner: format!("{owner}.{}", self.owner), ..self }
    }

    fn finding(self) -> Finding {
        let Self { letter, owner, is_key, at } = self;
        let key = if is_key { "a key of " } else { "" };
        finding(at, format!("{key}`{owner}` holds the hidden character {}", named(letter)))
    }
}

impl<'a> HiddenCharacters<'a> {
    pub fn new(sources: &'a Sources) -> Self {
        Self { sources, clean: RefCell::default(), written: RefCell::default(), names: RefCell::default() }
    }

    /// Reports the first hidden character in the value of an attribute, which stands at `within`.
    pub fn report(
        &self,
        attribute: &str,
        value: &Value,
        within: Span,
        each: Option<&Each>,
        findings: &mut Findings,
    ) {
        let kind = if PROSE.contains(&attribute) { Kind::Prose } else { Kind::Name };
        let of_key = |letter| each.and_then(|each| each.key.as_str()).is_some_and(|key| key.contains(letter));
        let found = self.in_value(value, (kind, within, attribute));
        findings.extend(found.filter(|found| !of_key(found.letter)).map(Found::finding));
    }

    /// Reports the first hidden character of a block's name, which stands in the attribute or the label at `within`.
    pub fn report_name(&self, value: &Value, within: Span, each: Option<&Each>, findings: &mut Findings) {
        self.report("name", value, within, each, findings);
        if let ValueKind::String(name) = &value.kind
            && first_hidden(name, Kind::Name).is_some()
        {
            self.names.borrow_mut().insert(Arc::clone(name));
        }
    }

    /// Reports the first hidden character of a label.
    pub fn report_labels(&self, block: &Block, findings: &mut Findings) {
        for label in block.label.iter().chain(&block.extra_labels) {
            if let Some(letter) = self.in_text(&label.text, label.span, Kind::Name) {
                let message = format!("the label holds the hidden character {}", named(letter));
                findings.push(finding(label.span.into(), message));
            }
        }
    }

    /// Reports the first key of `for_each` with a hidden character.
    pub fn report_keys(&self, block: &Block, expansion: &Expansion, findings: &mut Findings) {
        let (Expansion::Instances(instances), Some(attribute)) = (expansion, block.attribute("for_each"))
        else {
            return;
        };
        let within = attribute.value.span;
        let mut keys = instances.iter().map(|each| &each.key);
        let found = keys.find_map(|key| self.in_value(key, (Kind::Name, within, "for_each")));
        findings.extend(found.map(|found| Found { is_key: true, ..found }.finding()));
    }

    /// Reports the first hidden character that is written in a message, whose value depends on an object.
    pub fn report_written(&self, attribute: &str, expr: &Expr, findings: &mut Findings) {
        let ExprKind::Template(parts) = &expr.kind else { return };
        if let Some((letter, span)) = self.in_parts(parts) {
            let message = format!("`{attribute}` holds the hidden character {}", named(letter));
            findings.push(finding(span.into(), message));
        }
    }

    fn in_parts(&self, parts: &[Part]) -> Option<(char, Span)> {
        parts.iter().find_map(|part| match &part.kind {
            PartKind::Text(text) => Some((self.in_text(text, part.span, Kind::Prose)?, part.span)),
            PartKind::Interpolation(_) => None,
            PartKind::If(inner) => self.in_parts(&inner.then).or_else(|| self.in_parts(&inner.otherwise)),
            PartKind::For(inner) => self.in_parts(&inner.body),
        })
    }

    /// The first hidden character of a value, of an attribute at `within`.
    fn in_value(&self, value: &Value, (kind, within, owner): (Kind, Span, &str)) -> Option<Found> {
        match &value.kind {
            ValueKind::String(text) => {
                let letter = self.in_text(text, value.written(), kind)?;
                Some(Found { letter, owner: owner.to_owned(), is_key: false, at: value.place(within) })
            }
            ValueKind::List(list) => {
                list.iter().find_map(|element| self.in_value(element, (kind, within, owner)))
            }
            ValueKind::Object(object) => object.iter().find_map(|member| {
                if member.reference.is_none()
                    && let Some(letter) = self.in_text(&member.key, member.key_span, Kind::Name)
                {
                    let at = Origin::of(member.key_span, None, within);
                    return Some(Found { letter, owner: owner.to_owned(), is_key: true, at });
                }
                let found = self.in_value(&member.value, (kind, within, &member.key))?;
                Some(found.within(owner))
            }),
            _ => None,
        }
    }

    /// The first hidden character of a text, unless the text of the file at `written` holds one.
    fn in_text(&self, text: &Arc<str>, written: Span, kind: Kind) -> Option<char> {
        let key = (text.as_ptr(), kind == Kind::Prose);
        if text.len() > SHORT && self.clean.borrow().contains_key(&key) {
            return None;
        }
        let Some((_, letter)) = first_hidden(text, kind) else {
            if text.len() > SHORT {
                self.clean.borrow_mut().insert(key, Arc::clone(text));
            }
            return None;
        };
        (!self.is_reported(written) && !self.is_name(text)).then_some(letter)
    }

    /// Whether a text is the name of a block, with or without its kind.
    fn is_name(&self, text: &str) -> bool {
        let names = self.names.borrow();
        names.contains(text) || text.split_once('.').is_some_and(|(_, name)| names.contains(name))
    }

    fn is_reported(&self, written: Span) -> bool {
        let is_hiding = || first_hidden(self.sources.text(written), Kind::Prose).is_some();
        *self.written.borrow_mut().entry(written).or_insert_with(is_hiding)
    }
}

fn finding(at: Origin, message: String) -> Finding {
    at.finding(&HIDDEN_CHARACTER, message).help("remove it: it cannot be seen where the text is shown")
}

#[cfg(test)]
mod tests {
    use crate::check::expect::{check, check_alone, check_json, found_in};

    #[test]
    fn escapes_are_reported_at_their_attribute() {
        check(
            r#"endpoint "payments" {
  worker_target = {
    namespace  = namespace.payments-prod
    task_queue = "pay\u200bments" #! hidden-character
  }
  description               = "a\u202eb" #! hidden-character
  allowed_caller_namespaces = [namespace.orders-prod]
}
allowlist "refunds" {
  endpoint = endpoint.payments
  callers  = [namespace.payments-prod]
  reason   = "for\u00adever" #! hidden-character
}
namespace "ledger-prod" { #! unused-namespace
  regions = ["aws-us-east-1"]
  tags    = { "te\u2060am" = "a", stage = "pr\U000e0041od" } #! hidden-character
  codec   = { mode = "kms", key = "k\u3164" } #! hidden-character
}
privatelink "p" {
  region               = "aws-us-east-1"
  connection_id        = "vpce-0123456789abcdef0"
  namespaces           = [namespace.ledger-prod]
  allow_public_lockout = true
  managed_by           = "user.owner@acme.example"
}
"#,
        );
    }

    #[test]
    fn what_is_made_or_passed_on_is_reported_where_it_is_used() {
        check(
            r#"locals {
  queue = "pay\u200bments"
  used  = replace("a\u200bb", "\u200b", "")
}
endpoint "payments" {
  worker_target             = { namespace = namespace.payments-prod, task_queue = local.queue } #! hidden-character
  description               = base64decode("YeKAi2I=") #! hidden-character
  allowed_caller_namespaces = [namespace.orders-prod]
}
endpoint "refunds" {
  worker_target             = { namespace = namespace.payments-prod, task_queue = local.used }
  description               = join("", [for letter in ["a", "b"] : "${letter}\u200b"]) #! hidden-character
  allowed_caller_namespaces = [namespace.orders-prod]
}
"#,
        );
        let found = found_in(
            "account { id = \"a2dd6\" }\nlocals {\n  id = \"ci\\u200b\"\n}\nservice_account \"ci\" {\n  name = local.id\n  account_access = \"read\"\n}\n",
        );
        let [only] = &*found else { panic!("{found:?}") };
        assert_eq!(only.message, "`name` holds the hidden character U+200B");
        assert_eq!((only.related.len(), only.instance.as_deref()), (1, Some("service_account.ci")));
    }

    #[test]
    fn names_labels_and_keys_hold_none() {
        check(
            r#"service_account "ci\u200b" { account_access = "read" } #! hidden-character
service_account "cd" {
  name           = "c\u00add" #! hidden-character
  account_access = "read"
}
user "ana\u200d@acme.example" { account_access = "read" } #! hidden-character
group "readers" {
  for_each       = { "e\u200bu" = "eu", us = "us" } #! hidden-character
  name           = "readers-${each.key}"
  account_access = "read"
}
guard "of\u200b" { #! hidden-character
  each      = "namespace"
  condition = namespace.name != "x"
  message   = "no"
}
test "t\u200b" { allow = [] } #! hidden-character
removed "privatelink" "vpce-\u200b" {} #! hidden-character
"#,
        );
    }

    #[test]
    fn messages_hold_none_whatever_they_are_about() {
        check(
            r#"guard "plain" {
  each      = "namespace"
  condition = namespace.name != "x"
  message   = "a\nb\u200b" #! hidden-character
}
guard "made" {
  each      = "namespace"
  condition = namespace.name != "x"
  message   = "${namespace.name}:\n%{if true} a\u202e%{endif}" #! hidden-character
}
"#,
        );
    }

    #[test]
    fn sentences_have_lines_and_letters_their_shape() {
        check(
            r#"endpoint "payments" {
  worker_target             = { namespace = namespace.payments-prod, task_queue = "payments" }
  description               = "a\r\n\tb \u0646\u0645\u06cc\u200c\u062e"
  allowed_caller_namespaces = [namespace.orders-prod]
}
"#,
        );
        check(
            "endpoint \"payments\" {\n  worker_target = { namespace = namespace.payments-prod, task_queue = \"a\\nb\" } #! hidden-character\n  \
             allowed_caller_namespaces = [namespace.orders-prod]\n}\n",
        );
    }

    #[test]
    fn what_stands_in_the_file_is_reported_once() {
        check(
            "endpoint \"payments\" {\n  description = \"a\u{200b}b\" #! hidden-character\n  \
             worker_target = { namespace = namespace.payments-prod, task_queue = \"payments\" }\n  \
             allowed_caller_namespaces = [namespace.orders-prod]\n}\n",
        );
        // That the same character shapes a word of a comment hides nothing.
        check(
            "# \u{646}\u{645}\u{6cc}\u{200c}\u{62e}\nservice_account \"ci\\u200c\" { account_access = \"read\" } #! hidden-character\n",
        );
    }

    #[test]
    fn json_is_read_alike() {
        check_json(
            r#"{
  "account": { "id": "a2dd6" },
  "namespace": { "payments-prod": { "regions": ["aws-us-east-1"],
    "tags": { "te\u200bam": "a" } } }, //! hidden-character
  "service_account": {
    "ci\u200b": { "account_access": "read" } //! hidden-character
  },
  "endpoint": { "payments": {
    "worker_target": { "namespace": "payments-prod", "task_queue": "pay\u200bments" }, //! hidden-character
    "description": "a\ud83d\udc69\u200d\ud83d\ude92b",
    "allowed_caller_namespaces": ["payments-prod"]
  } }
}
"#,
        );
    }

    #[test]
    fn urls_and_names_of_servers_hold_none() {
        check_alone(
            r#"account {
  backend = "self_hosted"
}
namespace "pay\u200bments" {} #! hidden-character
endpoint "payments" {
  external_target = { url = "https://payments.example/\u200b" } #! hidden-character
}
endpoint "refunds" {
  worker_target = { namespace = "pay\u200bments", task_queue = "pay\u200bment" } #! hidden-character
}
"#,
        );
    }
}

//! Regular expressions: Terraform's syntax, matched in time linear in the text.

mod translation;

use super::Invocation;
use crate::evaluate::{Field, List, ListKind, Member, Object, Type, Value, ValueKind};
use regex::{Captures, Regex, RegexBuilder};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
pub(super) use translation::REPETITIONS;
use translation::{Translated, translated};

/// The patterns that were compiled, so that each is compiled once; or why one is none.
pub(in crate::evaluate) type Patterns = HashMap<Arc<str>, Result<Pattern, String>>;

/// A compiled pattern.
#[derive(Clone)]
pub(in crate::evaluate) struct Pattern {
    regex: Regex,
    /// The names of its groups.
    names: Arc<[Option<String>]>,
    /// The steps that a byte of text is: patterns of many states take longer.
    cost: usize,
}

/// The sizes that a compiled pattern may have, in bytes, each with the steps that a byte of text then is.
const SIZES: [(usize, usize); 2] = [(32 << 10, 16), (256 << 10, 256)];

/// How long a pattern may be, in bytes.
pub(super) const LONGEST: usize = 4096;

/// The steps that compiling takes.
const COMPILING: usize = 4096;

/// What the pattern matches first: the whole match, or a list of its groups, or an object of its named ones.
pub(super) fn regex(of: &mut Invocation) -> Option<Value> {
    let (written, text) = (of.text(0)?, of.text(1)?);
    let pattern = compiled(of, &written, 0)?;
    let groups = pattern.groups(of)?;
    of.charge(pattern.cost.saturating_mul(text.len()))?;
    let Some(captures) = pattern.regex.captures(&text) else {
        return of.refuse(format!("nothing in `{text}` matches `{written}`"));
    };
    let value = found(of, &pattern, groups, &captures);
    of.evaluation.charge_bytes(text.len(), of.span).ok()?;
    Some(value)
}

/// What the pattern matches, one after the other, each as `regex` gives it.
pub(super) fn regexall(of: &mut Invocation) -> Option<Value> {
    let (written, text) = (of.text(0)?, of.text(1)?);
    let pattern = compiled(of, &written, 0)?;
    let groups = pattern.groups(of)?;
    of.charge(pattern.cost.saturating_mul(text.len() + 1))?;
    of.evaluation.charge_bytes(text.len().saturating_mul(pattern.names.len().max(1)), of.span).ok()?;
    let mut all = Vec::new();
    for captures in pattern.regex.captures_iter(&text) {
        of.evaluation.charge_values(1 + captures.len(), of.span).ok()?;
        let value = found(of, &pattern, groups, &captures);
        all.push(value);
    }
    let of_each = match groups {
        Groups::None => Type::String,
        Groups::Numbered => {
            let types: Box<[Type]> = pattern.names.iter().map(|_| Type::String).collect();
            Type::Tuple(Arc::new(types.into()))
        }
        Groups::Named => {
            let names: BTreeSet<_> = pattern.names.iter().flatten().collect();
            let fields: Box<[Field]> =
                names.into_iter().map(|name| Field::new(name.as_str().into(), Type::String)).collect();
            Type::Object(Arc::new(fields.into()))
        }
    };
    of.made_typed(ListKind::List, all, &of_each)
}

/// The groups that a pattern has.
#[derive(Clone, Copy)]
enum Groups {
    None,
    Numbered,
    Named,
}

fn found(of: &Invocation, pattern: &Pattern, groups: Groups, captures: &Captures) -> Value {
    match groups {
        Groups::None => captured(of, captures, 0),
        Groups::Numbered => {
            let groups = (1..captures.len()).map(|group| captured(of, captures, group)).collect();
            of.made(ValueKind::List(List::tuple(groups)))
        }
        Groups::Named => {
            // Of two groups of one name, the last counts.
            let named =
                pattern.names.iter().zip(1..).filter_map(|(name, group)| Some((name.as_deref()?, group)));
            let named: BTreeMap<&str, usize> = named.collect();
            let member = |(name, group): (&str, usize)| {
                let value = captured(of, captures, group);
                Member { key: name.into(), key_span: of.span, reference: None, value }
            };
            of.made(ValueKind::Object(Object::new(named.into_iter().map(member).collect())))
        }
    }
}

fn captured(of: &Invocation, captures: &Captures, group: usize) -> Value {
    match captures.get(group) {
        Some(matched) => of.made(ValueKind::text(matched.as_str())),
        None => of.made(ValueKind::NULL),
    }
}

/// Every occurrence of a text, or of a pattern between slashes, replaced.
pub(super) fn replace(of: &mut Invocation) -> Option<Value> {
    let (text, wanted, replacement) = (of.text(0)?, of.text(1)?, of.text(2)?);
    let inner = wanted.strip_prefix('/').and_then(|rest| rest.strip_suffix('/'));
    let Some(written) = inner else {
        // What the result can be at most is paid for before it is made.
        let places = if wanted.is_empty() { text.len() + 1 } else { text.matches(&*wanted).count() };
        let most = text.len().saturating_add(places.saturating_mul(replacement.len()));
        of.evaluation.charge_bytes(most, of.span).ok()?;
        return Some(of.made(ValueKind::text(text.replace(&*wanted, &replacement))));
    };
    let pattern = compiled(of, &Arc::from(written), 1)?;
    of.charge(pattern.cost.saturating_mul(text.len() + 1))?;
    let mut result = String::new();
    let mut end = 0;
    for captures in pattern.regex.captures_iter(&text) {
        let Some(whole) = captures.get(0) else { continue };
        let before = result.len();
        result.push_str(text.get(end..whole.start()).unwrap_or_default());
        pattern.expand(&replacement, &captures, &mut result);
        end = whole.end();
        of.evaluation.charge_bytes(result.len() - before, of.span).ok()?;
    }
    result.push_str(text.get(end..).unwrap_or_default());
    of.evaluation.charge_bytes(text.len(), of.span).ok()?;
    Some(of.made(ValueKind::text(result)))
}

impl Pattern {
    fn groups(&self, of: &mut Invocation) -> Option<Groups> {
        let named = self.names.iter().flatten().count();
        match (self.names.len(), named) {
            (0, _) => Some(Groups::None),
            (_, 0) => Some(Groups::Numbered),
            (all, named) if all == named => Some(Groups::Named),
            _ => of.refuse_argument(0, "either all or no groups must be named"),
        }
    }

    /// The replacement, in which `$1`, `$name` and `${name}` are groups and `$$` is `$`.
    fn expand(&self, replacement: &str, captures: &Captures, result: &mut String) {
        let mut rest = replacement;
        while let Some((before, after)) = rest.split_once('$') {
            result.push_str(before);
            rest = after;
            if let Some(after) = rest.strip_prefix('$') {
                result.push('$');
                rest = after;
                continue;
            }
            match group_name(rest) {
                Some((name, after)) => {
                    result.push_str(self.group(name, captures));
                    rest = after;
                }
                None => result.push('$'),
            }
        }
        result.push_str(rest);
    }

    /// What a group matched: that with this number, or else the first of this name that matched anything.
    fn group<'t>(&self, name: &str, captures: &Captures<'t>) -> &'t str {
        let is_number =
            name.bytes().all(|byte| byte.is_ascii_digit()) && (name.len() == 1 || !name.starts_with('0'));
        let found = if is_number {
            name.parse().ok().and_then(|group| captures.get(group))
        } else {
            let named = self.names.iter().zip(1..).filter(|(known, _)| known.as_deref() == Some(name));
            named.map(|(_, group)| captures.get(group)).find_map(|found| found)
        };
        found.map_or("", |found| found.as_str())
    }
}

/// The name of a group after a `$`, as long as it can be, and what follows it.
fn group_name(rest: &str) -> Option<(&str, &str)> {
    let (inside, is_braced) = match rest.strip_prefix('{') {
        Some(inside) => (inside, true),
        None => (rest, false),
    };
    let is_word = |letter: char| letter == '_' || letter.is_alphanumeric();
    let end = inside.find(|letter| !is_word(letter)).unwrap_or(inside.len());
    let (name, after) = inside.split_at_checked(end)?;
    let after = if is_braced { after.strip_prefix('}')? } else { after };
    (!name.is_empty()).then_some((name, after))
}

fn compiled(of: &mut Invocation, written: &Arc<str>, argument: usize) -> Option<Pattern> {
    let known = of.evaluation.evaluator.patterns.borrow().get(written).cloned();
    let pattern = match known {
        Some(known) => known,
        None => {
            of.charge(COMPILING)?;
            let pattern = compile(written);
            of.evaluation.evaluator.patterns.borrow_mut().insert(Arc::clone(written), pattern.clone());
            pattern
        }
    };
    match pattern {
        Ok(pattern) => Some(pattern),
        Err(reason) => of.refuse_argument(argument, reason),
    }
}

fn compile(written: &str) -> Result<Pattern, String> {
    if written.len() > LONGEST {
        return Err(format!("a pattern may have at most {LONGEST} bytes"));
    }
    let Translated { pattern, names } =
        translated(written).map_err(|reason| format!("invalid pattern `{written}`: {reason}"))?;
    let names: Arc<[Option<String>]> = names.into();
    let mut refused = String::new();
    for (size, cost) in SIZES {
        match RegexBuilder::new(&pattern).size_limit(size).dfa_size_limit(4 * size).build() {
            Ok(regex) => return Ok(Pattern { regex, names, cost }),
            Err(regex::Error::CompiledTooBig(_)) => "the pattern is too large".clone_into(&mut refused),
            Err(error) => {
                // The last line says what is wrong; those before draw the pattern.
                let reason = error.to_string();
                let reason =
                    reason.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
                return Err(format!("invalid pattern `{written}`: {reason}"));
            }
        }
    }
    Err(refused)
}

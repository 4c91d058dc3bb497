//! Regular expressions: Terraform's syntax, matched in time linear in the text.

mod translation;

use super::Invocation;
use crate::evaluate::{List, Member, Object, Value, ValueKind};
use regex::{Captures, Regex, RegexBuilder};
use std::collections::HashMap;
use std::sync::Arc;
use translation::translated;

/// The patterns that were compiled, so that each is compiled once; or why one is none.
pub(in crate::evaluate) type Patterns = HashMap<Arc<str>, Result<Pattern, String>>;

/// A compiled pattern.
#[derive(Clone)]
pub(in crate::evaluate) struct Pattern {
    regex: Regex,
    /// The steps that a byte of text is: patterns of many states take longer.
    cost: usize,
}

/// The sizes that a compiled pattern may have, in bytes, each with the steps that a byte of text then is.
const SIZES: [(usize, usize); 2] = [(32 << 10, 16), (256 << 10, 256)];

/// How long a pattern may be, in bytes.
const LONGEST: usize = 4096;

/// The steps that compiling takes.
const COMPILING: usize = 4096;

/// What the pattern matches first: the whole match, or a list of its groups, or an object of its named ones.
pub(super) fn regex(of: &mut Invocation) -> Option<Value> {
    let (written, text) = (of.text(0)?, of.text(1)?);
    let pattern = compiled(of, &written, 0)?;
    if pattern.names().any(|name| name.is_some()) && pattern.names().any(|name| name.is_none()) {
        return of.refuse_argument(0, "either all or no groups must be named");
    }
    of.charge(pattern.cost.saturating_mul(text.len()))?;
    let Some(captures) = pattern.regex.captures(&text) else {
        return of.refuse(format!("nothing in `{text}` matches `{written}`"));
    };
    let value = match pattern.names().next() {
        None => captured(of, &captures, 0),
        Some(None) => {
            let groups = (1..captures.len()).map(|group| captured(of, &captures, group)).collect();
            of.made(ValueKind::List(List::tuple(groups)))
        }
        Some(Some(_)) => {
            let named = pattern.names().zip(1..).filter_map(|(name, group)| Some((name?, group)));
            let member = |(name, group): (&str, usize)| {
                let value = captured(of, &captures, group);
                Member { key: name.into(), key_span: of.span, reference: None, value }
            };
            of.made(ValueKind::Object(Object::new(named.map(member).collect())))
        }
    };
    of.evaluation.charge_bytes(text.len(), of.span).ok()?;
    Some(value)
}

fn captured(of: &Invocation, captures: &Captures, group: usize) -> Value {
    match captures.get(group) {
        Some(matched) => of.made(ValueKind::text(matched.as_str())),
        None => of.made(ValueKind::Null),
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
        captures.expand(&replacement, &mut result);
        end = whole.end();
        of.evaluation.charge_bytes(result.len() - before, of.span).ok()?;
    }
    result.push_str(text.get(end..).unwrap_or_default());
    of.evaluation.charge_bytes(text.len(), of.span).ok()?;
    Some(of.made(ValueKind::text(result)))
}

impl Pattern {
    /// The names of the groups.
    fn names(&self) -> impl Iterator<Item = Option<&str>> {
        self.regex.capture_names().skip(1)
    }
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
    let pattern = translated(written);
    let mut refused = String::new();
    for (size, cost) in SIZES {
        let built = RegexBuilder::new(&pattern).octal(true).size_limit(size).dfa_size_limit(4 * size).build();
        match built {
            Ok(regex) => return Ok(Pattern { regex, cost }),
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

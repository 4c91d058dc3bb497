//! Function calls. The functions are Terraform's, under their names and with their meaning; none reads a file, the
//! network, the clock or the environment.

mod encoding;
mod format;
mod formatted;
mod list;
mod map;
mod number;
mod part;
mod pattern;
mod scalar;
mod set;
mod text;

pub(super) use pattern::Patterns;

use super::budget::READ_AT_ONCE;
use super::conversion;
use super::expression::opaque;
use super::{Evaluation, List, ListKind, Member, ORIGIN, Object, Type, Value, ValueKind, unknown};
use crate::diagnostic::source::Span;
use crate::diagnostic::{EVALUATION, Finding, Findings, WRONG_TYPE};
use crate::language::block::quoted;
use crate::language::differences::MISSING;
use crate::language::limit::{Limit, limit};
use crate::language::number::{DIGITS, Number, QUOTIENT_DIGITS};
use crate::language::suggest;
use crate::syntax::document::{Call, Expr};
use std::sync::Arc;

/// A function: its name, the number of its arguments, and its implementation.
struct Function {
    name: &'static str,
    least: usize,
    most: usize,
    run: fn(&mut Invocation<'_, '_, '_>) -> Option<Value>,
}

const ANY: usize = usize::MAX;

const fn function(
    name: &'static str,
    (least, most): (usize, usize),
    run: fn(&mut Invocation<'_, '_, '_>) -> Option<Value>,
) -> Function {
    Function { name, least, most, run }
}

/// Every function that evaluates its arguments first, by name.
const TABLE: &[Function] = &[
    function("abs", (1, 1), number::abs),
    function("alltrue", (1, 1), list::alltrue),
    function("anytrue", (1, 1), list::anytrue),
    function("base64decode", (1, 1), encoding::base64decode),
    function("base64encode", (1, 1), encoding::base64encode),
    function("ceil", (1, 1), number::ceil),
    function("chomp", (1, 1), text::chomp),
    function("chunklist", (2, 2), part::chunklist),
    function("coalesce", (1, ANY), scalar::coalesce),
    function("coalescelist", (1, ANY), part::coalescelist),
    function("compact", (1, 1), list::compact),
    function("concat", (1, ANY), list::concat),
    function("contains", (2, 2), list::contains),
    function("distinct", (1, 1), list::distinct),
    function("element", (2, 2), list::element),
    function("endswith", (2, 2), text::endswith),
    function("flatten", (1, 1), list::flatten),
    function("floor", (1, 1), number::floor),
    function("format", (1, ANY), format::format),
    function("formatlist", (1, ANY), format::formatlist),
    function("indent", (2, 2), text::indent),
    function("index", (2, 2), part::index),
    function("join", (2, ANY), text::join),
    function("jsondecode", (1, 1), encoding::jsondecode),
    function("jsonencode", (1, 1), encoding::jsonencode),
    function("keys", (1, 1), map::keys),
    function("length", (1, 1), scalar::length),
    function("lookup", (2, 3), map::lookup),
    function("lower", (1, 1), text::lower),
    function("matchkeys", (3, 3), part::matchkeys),
    function("max", (1, ANY), scalar::max),
    function("merge", (0, ANY), map::merge),
    function("min", (1, ANY), scalar::min),
    function("one", (1, 1), list::one),
    function("parseint", (2, 2), number::parseint),
    function("pow", (2, 2), number::pow),
    function("range", (1, 3), list::range),
    function("regex", (2, 2), pattern::regex),
    function("regexall", (2, 2), pattern::regexall),
    function("replace", (3, 3), pattern::replace),
    function("reverse", (1, 1), list::reverse),
    function("setintersection", (1, ANY), set::setintersection),
    function("setproduct", (2, ANY), set::setproduct),
    function("setsubtract", (2, 2), set::setsubtract),
    function("setunion", (1, ANY), set::setunion),
    function("sha256", (1, 1), encoding::sha256),
    function("signum", (1, 1), number::signum),
    function("slice", (3, 3), part::slice),
    function("sort", (1, 1), list::sort),
    function("split", (2, 2), text::split),
    function("startswith", (2, 2), text::startswith),
    function("strcontains", (2, 2), text::strcontains),
    function("strrev", (1, 1), text::strrev),
    function("substr", (3, 3), text::substr),
    function("sum", (1, 1), number::sum),
    function("title", (1, 1), text::title),
    function("tobool", (1, 1), scalar::tobool),
    function("tolist", (1, 1), scalar::tolist),
    function("tomap", (1, 1), scalar::tomap),
    function("tonumber", (1, 1), scalar::tonumber),
    function("toset", (1, 1), scalar::toset),
    function("tostring", (1, 1), scalar::tostring),
    function("transpose", (1, 1), part::transpose),
    function("trim", (2, 2), text::trim),
    function("trimprefix", (2, 2), text::trimprefix),
    function("trimspace", (1, 1), text::trimspace),
    function("trimsuffix", (2, 2), text::trimsuffix),
    function("upper", (1, 1), text::upper),
    function("values", (1, 1), map::values),
    function("zipmap", (2, 2), map::zipmap),
];

/// The limits of functions.
pub(super) fn limits() -> [Limit; 5] {
    [
        limit("digits of a number on each side of the point", DIGITS as usize),
        limit("digits of a quotient without an end", QUOTIENT_DIGITS as usize),
        limit("numbers of a `range`, as in Terraform", list::RANGE),
        limit("bytes of a pattern; of one whose matching takes too much memory fewer", pattern::LONGEST),
        limit("repetitions in a pattern, also of repetitions in each other", pattern::REPETITIONS),
    ]
}

/// The functions that handle errors of their arguments.
const LAZY: &[&str] = &["can", "try"];

/// The functions of the language, under their Terraform names, by name.
pub fn names() -> impl Iterator<Item = &'static str> {
    let mut names: Vec<_> = TABLE.iter().map(|function| function.name).chain(LAZY.iter().copied()).collect();
    names.sort_unstable();
    names.into_iter()
}

impl Evaluation<'_, '_> {
    pub(super) fn call(&mut self, call: &Call, span: Span) -> Value {
        // Terraform's own functions have a namespace too.
        let name = call.name.strip_prefix("core::").unwrap_or(&call.name);
        if name == "try" {
            return self.call_try(call, span);
        }
        if name == "can" {
            return Value::new(span, self.call_can(call, span));
        }
        let Ok(found) = TABLE.binary_search_by(|function| function.name.cmp(name)) else {
            let message = format!("there is no function `{name}`");
            let close = suggest::closest(name, names());
            let finding = unknown(&EVALUATION, call.name_span, message, close);
            let missing = MISSING.iter().find(|missing| missing.functions.contains(&name));
            let of_provider = name.starts_with("provider::");
            let finding = match (missing, close) {
                _ if of_provider => finding.help("a policy has no functions of providers"),
                (Some(missing), _) => finding.help(format!("it is left out: {}", missing.reason)),
                (None, Some(_)) => finding,
                (None, None) => finding.help(format!(
                    "functions are {}",
                    quoted(&names().collect::<Vec<_>>()).replace(" or ", " and ")
                )),
            };
            for argument in &call.arguments {
                self.names_only(|evaluation| evaluation.value(argument));
            }
            return Value::new(span, self.fail_name(finding));
        };
        let values = self.arguments(call);
        let (Some(function), Some(values)) = (TABLE.get(found), values) else { return Value::failed(span) };
        if let Some(finding) = arity(function, values.len(), span) {
            return Value::new(span, self.fail(finding));
        }
        if values.iter().any(Value::has_failed) {
            return Value::failed(span);
        }
        let read: usize = values.iter().filter_map(Value::as_str).map(str::len).sum();
        if self.charge_steps(read / READ_AT_ONCE, span).is_err() {
            return Value::failed(span);
        }
        let mut invocation = Invocation { evaluation: self, name: function.name, span, values };
        (function.run)(&mut invocation).unwrap_or_else(|| Value::failed(span))
    }

    /// The arguments, with `...` expanded; `None` if that failed.
    fn arguments(&mut self, call: &Call) -> Option<Vec<Value>> {
        let mut values: Vec<_> = call.arguments.iter().map(|argument| self.value(argument)).collect();
        if !call.expand {
            return Some(values);
        }
        let last = values.pop()?;
        self.expand(last, &mut values)?;
        Some(values)
    }

    /// Adds the elements of the argument before `...`.
    fn expand(&mut self, last: Value, values: &mut Vec<Value>) -> Option<()> {
        match &last.kind {
            ValueKind::Failed => return None,
            ValueKind::List(list) => {
                self.charge_values(list.len(), last.span).ok()?;
                values.extend(list.iter().map(|element| element.passed_on(last.span)));
            }
            kind => {
                let message = format!("`...` expands a list, not {}", kind.name());
                return self.refuse(Finding::new(&WRONG_TYPE, last.span, message));
            }
        }
        Some(())
    }

    /// The first argument without an error. An error that was reported elsewhere is not hidden by another argument.
    fn call_try(&mut self, call: &Call, span: Span) -> Value {
        let mut faults = Findings::new();
        let mut expanded = call.arguments.split_last().filter(|_| call.expand);
        let mut arguments = expanded.map_or(&*call.arguments, |(_, arguments)| arguments).iter();
        // What `...` expands must have a value. Its elements are values, so that the first of them is the result.
        let mut elements = Vec::new();
        if let Some((last, _)) = expanded.take() {
            let last = self.value(last);
            let Some(()) = self.expand(last, &mut elements) else {
                arguments.for_each(|argument| drop(self.names_only(|evaluation| evaluation.value(argument))));
                return Value::failed(span);
            };
        }
        while let Some(argument) = arguments.next() {
            let (value, mut found) = self.tried(argument);
            if found.is_empty() {
                arguments.for_each(|argument| drop(self.names_only(|evaluation| evaluation.value(argument))));
                return value.passed_on(span);
            }
            faults.append(&mut found);
        }
        if let Some(value) = elements.first() {
            return value.passed_on(span);
        }
        let message = if call.arguments.len() == usize::from(call.expand) {
            "`try` takes at least one argument"
        } else {
            "every argument of `try` failed"
        };
        let finding = Finding::new(&EVALUATION, span, message);
        let reasons = faults.into_iter().take(SHOWN);
        let finding = reasons.fold(finding, |finding, fault| finding.related(fault.span, fault.message));
        Value::new(span, self.fail(finding))
    }

    fn call_can(&mut self, call: &Call, span: Span) -> ValueKind {
        let [argument] = &*call.arguments else {
            for argument in &call.arguments {
                self.names_only(|evaluation| evaluation.value(argument));
            }
            let message = format!("`can` takes 1 argument, not {}", call.arguments.len());
            return self.fail(Finding::new(&EVALUATION, span, message));
        };
        if call.expand {
            let mut elements = Vec::new();
            let value = self.value(argument);
            return match self.expand(value, &mut elements) {
                None => ValueKind::Failed,
                Some(()) if elements.len() == 1 => ValueKind::Bool(true),
                Some(()) => {
                    let message = format!("`can` takes 1 argument, not {}", elements.len());
                    self.fail(Finding::new(&EVALUATION, span, message))
                }
            };
        }
        let (value, found) = self.tried(argument);
        if found.is_empty() && value.has_failed() {
            return ValueKind::Failed;
        }
        ValueKind::Bool(found.is_empty())
    }

    /// A value and its findings. Unknown names are always reported.
    fn tried(&mut self, argument: &Expr) -> (Value, Findings) {
        let mut found = Findings::new();
        let value = self.redirected(&mut found, |evaluation| evaluation.value(argument));
        (value, found)
    }
}

/// The maximum number of related errors.
const SHOWN: usize = 5;

fn arity(function: &Function, given: usize, span: Span) -> Option<Finding> {
    let (name, least, most) = (function.name, function.least, function.most);
    if (least..=most).contains(&given) {
        return None;
    }
    let takes = match (least, most) {
        (1, 1) => "1 argument".to_owned(),
        (least, ANY) => format!("at least {least} argument{}", if least == 1 { "" } else { "s" }),
        (least, most) if least == most => format!("{least} arguments"),
        (least, most) => format!("{least} to {most} arguments"),
    };
    Some(Finding::new(&EVALUATION, span, format!("`{name}` takes {takes}, not {given}")))
}

/// One call of a function.
struct Invocation<'i, 'e, 'd> {
    evaluation: &'i mut Evaluation<'e, 'd>,
    name: &'static str,
    /// The whole call.
    span: Span,
    values: Vec<Value>,
}

impl Invocation<'_, '_, '_> {
    /// A new value at the call.
    fn made(&self, kind: ValueKind) -> Value {
        Value::new(self.span, kind)
    }

    /// A new string, charged.
    fn made_text(&mut self, text: impl Into<Arc<str>>) -> Option<Value> {
        let text = text.into();
        self.evaluation.charge_bytes(text.len(), self.span).ok()?;
        Some(self.made(ValueKind::text(text)))
    }

    /// A new list, charged.
    fn made_list(&mut self, kind: ListKind, elements: Vec<Value>) -> Option<Value> {
        self.evaluation.charge_values(elements.len(), self.span).ok()?;
        let kind = self.evaluation.list_of(kind, elements, self.span);
        Some(self.made(kind))
    }

    /// A new list whose elements have this type, also if there are none; charged.
    fn made_typed(&mut self, kind: ListKind, elements: Vec<Value>, of: &Type) -> Option<Value> {
        self.evaluation.charge_values(elements.len(), self.span).ok()?;
        self.evaluation.allow_weight(elements.iter().map(Value::weight).sum(), self.span).ok()?;
        Some(self.made(ValueKind::List(List::typed(kind, elements, of))))
    }

    /// A new map whose values have this type, also if there are none; charged.
    fn made_map(&mut self, members: Vec<Member>, of: &Type) -> Option<Value> {
        self.evaluation.charge_values(2 * members.len(), self.span).ok()?;
        let object = Object::typed(members, of);
        self.evaluation.allow_weight(object.weight(), self.span).ok()?;
        Some(self.made(ValueKind::Object(object)))
    }

    /// Reports that a call has no value.
    fn refuse<T>(&mut self, message: impl Into<String>) -> Option<T> {
        let message = format!("`{}`: {}", self.name, message.into());
        self.evaluation.refuse(Finding::new(&EVALUATION, self.span, message))
    }

    /// Reports an invalid argument.
    fn refuse_argument<T>(&mut self, index: usize, message: impl Into<String>) -> Option<T> {
        let value = self.argument(index)?;
        let message = format!("`{}`: {}", self.name, message.into());
        self.evaluation.refuse(value.place(value.span).finding(&EVALUATION, message))
    }

    /// An argument, possibly null.
    fn argument(&self, index: usize) -> Option<Value> {
        self.values.get(index).cloned()
    }

    /// An argument that is not null.
    fn given(&mut self, index: usize) -> Option<Value> {
        let value = self.argument(index)?;
        if matches!(value.kind, ValueKind::Null(_)) {
            return self.wrong(&value, "a value");
        }
        Some(value)
    }

    /// An argument that is not null, as this type.
    fn of_type(&mut self, index: usize, of: &Type) -> Option<Value> {
        let value = self.given(index)?;
        match self.evaluation.converted(&value, of) {
            Ok(value) if value.has_failed() => None,
            Ok(value) => Some(value),
            Err(mismatch) => {
                if let (ValueKind::Reference(reference), Type::String | Type::Number | Type::Bool) =
                    (&value.kind, of)
                {
                    return self.evaluation.refuse(opaque(reference, value.span).related(value.from, ORIGIN));
                }
                let message =
                    format!("`{}` needs {}, not {}", self.name, mismatch.wanted(), mismatch.found());
                let place = super::Origin::of(mismatch.span, mismatch.from, value.span);
                self.evaluation.refuse(place.finding(&WRONG_TYPE, message))
            }
        }
    }

    fn wrong<T>(&mut self, value: &Value, wanted: &str) -> Option<T> {
        let finding = match &value.kind {
            ValueKind::Failed => return None,
            ValueKind::Null(_) => {
                let message = format!("`{}` needs {wanted}, not null", self.name);
                Finding::new(&EVALUATION, value.span, message)
            }
            ValueKind::Reference(reference) => {
                let message = format!("`{}` needs {wanted}, not the reference `{reference}`", self.name);
                Finding::new(&WRONG_TYPE, value.span, message)
            }
            kind => {
                let message = format!("`{}` needs {wanted}, not {}", self.name, kind.name());
                Finding::new(&WRONG_TYPE, value.span, message)
            }
        };
        self.evaluation.refuse(finding.related(value.from, ORIGIN))
    }

    fn text(&mut self, index: usize) -> Option<Arc<str>> {
        match self.of_type(index, &Type::String)?.kind {
            ValueKind::String(text) => Some(text),
            _ => None,
        }
    }

    fn number(&mut self, index: usize) -> Option<Number> {
        match self.of_type(index, &Type::Number)?.kind {
            ValueKind::Number(number) => Some(number),
            _ => None,
        }
    }

    /// A whole number.
    fn integer(&mut self, index: usize) -> Option<i64> {
        let number = self.number(index)?;
        match number.to_i64() {
            Some(integer) => Some(integer),
            None if number.is_whole() => self.refuse_argument(index, format!("{number} is too large")),
            None => self.refuse_argument(index, format!("expected a whole number, not {number}")),
        }
    }

    /// A list, tuple or set, as it is.
    fn sequence(&mut self, index: usize) -> Option<List> {
        let value = self.given(index)?;
        match &value.kind {
            ValueKind::List(list) => {
                self.charge(list.len())?;
                Some(list.clone())
            }
            _ => self.wrong(&value, "a list"),
        }
    }

    /// A list or tuple, as it is.
    fn ordered(&mut self, index: usize) -> Option<List> {
        let list = self.sequence(index)?;
        let value = self.argument(index)?;
        if list.is_set() { self.wrong(&value, "a list") } else { Some(list) }
    }

    /// A list whose elements have this type; null elements stay null.
    fn list_of(&mut self, index: usize, of: Type) -> Option<List> {
        match self.of_type(index, &Type::List(Arc::new(of)))?.kind {
            ValueKind::List(list) => Some(list),
            _ => None,
        }
    }

    /// An object or map, as it is.
    fn object(&mut self, index: usize) -> Option<Object> {
        let value = self.given(index)?;
        match &value.kind {
            ValueKind::Object(object) => {
                self.charge(object.len())?;
                Some(object.clone())
            }
            _ => self.wrong(&value, "a map or an object"),
        }
    }

    /// Charges for processing so many values.
    fn charge(&mut self, count: usize) -> Option<()> {
        self.evaluation.charge_steps(count, self.span).ok()
    }
}

/// The text of an element that was converted to a string; `None` for null.
fn element_text(element: &Value) -> Option<Arc<str>> {
    conversion::string(element)
}

//! Numbers.

use super::Invocation;
use crate::evaluate::conversion;
use crate::evaluate::{Value, ValueKind};
use crate::language::number::Number;
use std::cmp::Ordering;

pub(super) fn abs(of: &mut Invocation) -> Option<Value> {
    let number = of.number(0)?;
    made(of, if number.sign() == Ordering::Less { number.negate() } else { number })
}

pub(super) fn ceil(of: &mut Invocation) -> Option<Value> {
    let number = of.number(0)?.ceil();
    made(of, number)
}

pub(super) fn floor(of: &mut Invocation) -> Option<Value> {
    let number = of.number(0)?.floor();
    made(of, number)
}

/// -1, 0 or 1, of a whole number.
pub(super) fn signum(of: &mut Invocation) -> Option<Value> {
    let sign = match of.integer(0)?.cmp(&0) {
        Ordering::Less => -1_i64,
        Ordering::Equal => 0,
        Ordering::Greater => 1,
    };
    made(of, sign.into())
}

/// A power. As in Terraform it is worked out in binary, to about 16 digits.
pub(super) fn pow(of: &mut Invocation) -> Option<Value> {
    let (base, exponent) = (of.number(0)?.to_f64(), of.number(1)?.to_f64());
    match Number::from_f64(base.powf(exponent)) {
        Some(power) => made(of, power),
        None => of.refuse("the power is not a number"),
    }
}

/// The whole number that the digits of a string are in a base from 2 to 62.
pub(super) fn parseint(of: &mut Invocation) -> Option<Value> {
    let (value, base) = (of.given(0)?, of.integer(1)?);
    let ValueKind::String(text) = &value.kind else { return of.wrong(&value, "a string") };
    let Some(base) = u32::try_from(base).ok().filter(|base| (2..=62).contains(base)) else {
        return of.refuse_argument(1, format!("the base must be from 2 to 62, not {base}"));
    };
    of.charge(text.len())?;
    match Number::in_base(text, base) {
        Ok(number) => made(of, number),
        Err(_) => of.refuse_argument(0, format!("`{text}` is not a whole number in base {base}")),
    }
}

/// The sum of the elements, of which there must be one.
pub(super) fn sum(of: &mut Invocation) -> Option<Value> {
    let list = of.sequence(0)?;
    let mut sum: Option<Number> = None;
    for element in list.iter() {
        let Some(number) = conversion::number(element) else { return of.wrong(element, "a list of numbers") };
        let next = match &sum {
            Some(sum) => sum.add(&number),
            None => Ok(number),
        };
        sum = match next {
            Ok(next) => Some(next),
            Err(error) => return of.refuse(error.to_string()),
        };
    }
    match sum {
        Some(sum) => made(of, sum),
        None => of.refuse_argument(0, "the list is empty"),
    }
}

fn made(of: &mut Invocation, number: Number) -> Option<Value> {
    of.evaluation.charge_bytes(number.bytes(), of.span).ok()?;
    Some(of.made(ValueKind::Number(number)))
}

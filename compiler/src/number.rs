//! Exact decimal numbers, as Terraform has them: no binary rounding, and bounds that keep arithmetic cheap.

use bigdecimal::{BigDecimal, Signed, ToPrimitive, Zero};
use std::cmp::Ordering;
use std::fmt;

/// The digits before the decimal point, and those after it, that a number may have.
const DIGITS: i64 = 1000;

/// Whole numbers up to this length, nearly all that people write, fit an `i64`.
const SHORT: usize = 18;

/// The digits that a quotient is worked out to.
const QUOTIENT_DIGITS: u64 = 100;

/// A decimal number.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number(Box<BigDecimal>);

/// Why there is no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// The text is not a number.
    #[error("not a number")]
    Malformed,
    /// More than 1000 digits before or after the decimal point.
    #[error("a number has at most {DIGITS} digits before and after the decimal point")]
    TooLarge,
    /// Division by zero.
    #[error("division by zero")]
    DivisionByZero,
}

impl Number {
    /// Reads `-1`, `2.5` or `1e3`; nothing around it.
    ///
    /// # Errors
    /// When the text is no number or has too many digits.
    pub fn parse(text: &str) -> Result<Self, NumberError> {
        if text.len() <= SHORT && is_digits(text) {
            return text.parse::<i64>().map(Self::from).map_err(|_| NumberError::Malformed);
        }
        if !is_decimal(text) {
            return Err(NumberError::Malformed);
        }
        if text.len() as i64 > 2 * DIGITS {
            return Err(NumberError::TooLarge);
        }
        text.parse().map_err(|_| NumberError::TooLarge).and_then(Self::bounded)
    }

    /// The number as an integer, where it is one and fits.
    #[must_use]
    pub fn to_i64(&self) -> Option<i64> {
        self.0.is_integer().then(|| self.0.to_i64()).flatten()
    }

    /// The number as an index or count, where it is a whole number from 0 and fits.
    #[must_use]
    pub fn to_usize(&self) -> Option<usize> {
        self.to_i64().and_then(|number| usize::try_from(number).ok())
    }

    /// The sum.
    ///
    /// # Errors
    /// When it has too many digits.
    pub fn add(&self, other: &Self) -> Result<Self, NumberError> {
        Self::bounded(&*self.0 + &*other.0)
    }

    /// The difference.
    ///
    /// # Errors
    /// When it has too many digits.
    pub fn subtract(&self, other: &Self) -> Result<Self, NumberError> {
        Self::bounded(&*self.0 - &*other.0)
    }

    /// The product.
    ///
    /// # Errors
    /// When it has too many digits.
    pub fn multiply(&self, other: &Self) -> Result<Self, NumberError> {
        Self::bounded(&*self.0 * &*other.0)
    }

    /// The quotient, to 100 digits.
    ///
    /// # Errors
    /// When `other` is zero.
    pub fn divide(&self, other: &Self) -> Result<Self, NumberError> {
        if other.0.is_zero() {
            return Err(NumberError::DivisionByZero);
        }
        Self::bounded((&*self.0 / &*other.0).with_prec(QUOTIENT_DIGITS))
    }

    /// What division leaves over, with the sign of this number.
    ///
    /// # Errors
    /// When `other` is zero.
    pub fn remainder(&self, other: &Self) -> Result<Self, NumberError> {
        if other.0.is_zero() {
            return Err(NumberError::DivisionByZero);
        }
        Self::bounded(&*self.0 % &*other.0)
    }

    /// The number with the other sign.
    #[must_use]
    pub fn negate(&self) -> Self {
        Self(Box::new(-&*self.0))
    }

    /// The number against zero.
    #[must_use]
    pub fn sign(&self) -> Ordering {
        if self.0.is_zero() {
            Ordering::Equal
        } else if self.0.is_negative() {
            Ordering::Less
        } else {
            Ordering::Greater
        }
    }

    fn bounded(value: BigDecimal) -> Result<Self, NumberError> {
        let scale = value.fractional_digit_count();
        let whole = i64::try_from(value.digits()).unwrap_or(i64::MAX).saturating_sub(scale);
        if value.is_zero() {
            return Ok(Self::from(0_i64));
        }
        if scale > DIGITS || whole > DIGITS {
            return Err(NumberError::TooLarge);
        }
        Ok(Self(Box::new(value.normalized())))
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self(Box::new(BigDecimal::from(value)))
    }
}

impl From<usize> for Number {
    fn from(value: usize) -> Self {
        Self(Box::new(BigDecimal::from(value as u64)))
    }
}

impl fmt::Display for Number {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0.to_plain_string())
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

/// Whether the text is `[-+]digits[.digits][e[-+]digits]`.
fn is_decimal(text: &str) -> bool {
    let rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['-', '+']).unwrap_or(exponent))),
        None => (rest, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    [Some(whole), fraction, exponent].into_iter().flatten().all(is_digits)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        Number::parse(text).unwrap()
    }

    #[test]
    fn is_exact() {
        assert_eq!(number("0.1").add(&number("0.2")).unwrap(), number("0.3"));
        assert_eq!(number("100000000000000000001").to_string(), "100000000000000000001");
        assert_eq!(number("1e3").to_string(), "1000");
        assert_eq!(number("1.50").to_string(), "1.5");
        assert_eq!(number("1e3"), number("1000"));
        assert_eq!(number("007").to_string(), "7");
        assert_eq!(number("-0").to_string(), "0");
        assert_eq!(number("1").divide(&number("4")).unwrap().to_string(), "0.25");
    }

    #[test]
    fn is_bounded() {
        assert_eq!(Number::parse("1e1000000000000"), Err(NumberError::TooLarge));
        assert_eq!(Number::parse("1e-999999999999999999999999"), Err(NumberError::TooLarge));
        assert_eq!(Number::parse(&"9".repeat(100_000)), Err(NumberError::TooLarge));
        assert_eq!(number("1e999").multiply(&number("1e999")), Err(NumberError::TooLarge));
        assert_eq!(number("1").divide(&number("0")), Err(NumberError::DivisionByZero));
    }

    #[test]
    fn takes_decimal_text_only() {
        for text in ["", "-", "1.", ".5", "1e", "0x10", " 1", "1_000", "NaN", "inf"] {
            assert_eq!(Number::parse(text), Err(NumberError::Malformed), "{text}");
        }
    }

    #[test]
    fn is_an_integer_where_it_is_whole() {
        assert_eq!(number("2.0").to_usize(), Some(2));
        assert_eq!(number("2.5").to_i64(), None);
        assert_eq!(number("-1").to_usize(), None);
    }
}

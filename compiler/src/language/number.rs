//! Exact decimal numbers, as Terraform has them: no binary rounding, and bounds that keep arithmetic cheap.

use bigdecimal::num_bigint::BigInt;
use bigdecimal::{BigDecimal, RoundingMode, Signed, ToPrimitive, Zero};
use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

/// The digits before the decimal point, and those after it, that a number may have.
pub const DIGITS: i64 = 1000;

/// Whole numbers up to this length, nearly all that people write, fit an `i64`.
const SHORT: usize = 18;

/// The digits that a quotient is worked out to.
pub const QUOTIENT_DIGITS: u64 = 100;

/// A decimal number.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number(Arc<BigDecimal>);

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
        // The library wants digits on both sides of the point.
        let text = match text.split_once('.') {
            Some((whole, fraction)) if !whole.ends_with(|digit: char| digit.is_ascii_digit()) => {
                format!("{whole}0.{fraction}")
            }
            Some((whole, fraction)) if !fraction.starts_with(|digit: char| digit.is_ascii_digit()) => {
                format!("{whole}{fraction}")
            }
            _ => text.to_owned(),
        };
        text.parse().map_err(|_| NumberError::TooLarge).and_then(Self::bounded)
    }

    /// The number in a base from 2 to 16, where it is whole.
    #[must_use]
    pub fn in_radix(&self, radix: u32) -> Option<String> {
        let (whole, exponent) = self.0.with_scale(0).into_bigint_and_exponent();
        (self.0.is_integer() && exponent == 0).then(|| whole.to_str_radix(radix))
    }

    /// The number's decimal digits.
    #[must_use]
    pub fn digits(&self) -> Digits {
        let (whole, scale) = self.0.normalized().into_bigint_and_exponent();
        let text = whole.to_string();
        let digits = text.trim_start_matches('-').as_bytes().to_vec();
        let point = i64::try_from(digits.len()).unwrap_or(i64::MAX) - scale;
        Digits { negative: self.sign() == Ordering::Less, digits, point }
    }

    /// The bytes of its digits; 0 for what fits an `i64`.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let bits = self.0.as_bigint_and_scale().0.bits();
        if bits < u64::from(u64::BITS) { 0 } else { usize::try_from(bits / 8).unwrap_or(usize::MAX) }
    }

    /// The number as an integer, where it is one and fits.
    #[must_use]
    pub fn to_i64(&self) -> Option<i64> {
        self.0.is_integer().then(|| self.0.to_i64()).flatten()
    }

    /// Whether it is a whole number.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.0.is_integer()
    }

    /// The number as an index or count, where it is a non-negative whole number and fits.
    #[must_use]
    pub fn to_usize(&self) -> Option<usize> {
        self.to_i64().and_then(|number| usize::try_from(number).ok())
    }

    /// The nearest binary number.
    #[must_use]
    pub fn to_f64(&self) -> f64 {
        self.0.to_f64().unwrap_or(f64::NAN)
    }

    /// A binary number with as many digits as tell it from its neighbours; `None` for one that is not finite.
    #[must_use]
    pub fn from_f64(number: f64) -> Option<Self> {
        if number.is_finite() { Self::parse(&number.to_string()).ok() } else { None }
    }

    /// The whole number that these digits are in a base from 2 to 62; from 37 on, capitals follow the small letters.
    ///
    /// # Errors
    /// When the text is no such number or has too many digits.
    pub fn in_base(text: &str, base: u32) -> Result<Self, NumberError> {
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        if digits.is_empty() {
            return Err(NumberError::Malformed);
        }
        if digits.len() as i64 > DIGITS {
            return Err(NumberError::TooLarge);
        }
        let mut whole = BigInt::ZERO;
        for letter in digits.chars() {
            let digit = match letter {
                '0'..='9' | 'a'..='z' => letter.to_digit(36),
                'A'..='Z' if base > 36 => letter.to_digit(36).map(|digit| digit + 26),
                'A'..='Z' => letter.to_digit(36),
                _ => None,
            };
            let digit = digit.filter(|digit| *digit < base).ok_or(NumberError::Malformed)?;
            whole = whole * base + digit;
        }
        Self::bounded(BigDecimal::from(if text.starts_with('-') { -whole } else { whole }))
    }

    /// The least whole number that is not less.
    #[must_use]
    pub fn ceil(&self) -> Self {
        Self(Arc::new(self.0.with_scale_round(0, RoundingMode::Ceiling).normalized()))
    }

    /// The greatest whole number that is not greater.
    #[must_use]
    pub fn floor(&self) -> Self {
        Self(Arc::new(self.0.with_scale_round(0, RoundingMode::Floor).normalized()))
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
        Self(Arc::new(-&*self.0))
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
        Ok(Self(Arc::new(value.normalized())))
    }
}

/// The decimal digits of a number: `0.d₁d₂d₃… × 10^point`.
#[derive(Clone, Debug)]
pub struct Digits {
    /// Whether the number is less than zero.
    pub negative: bool,
    digits: Vec<u8>,
    /// Where the decimal point stands: after so many digits, or so many zeros before the first.
    pub point: i64,
}

impl Digits {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.digits.len()
    }

    /// Whether there are none, which rounding can lead to.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.digits.is_empty()
    }

    /// Whether the number is zero.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.digits.iter().all(|digit| *digit == b'0')
    }

    /// One digit, counted from the first; 0 beyond the last and before the first.
    #[must_use]
    pub fn at(&self, index: i64) -> char {
        let digit = usize::try_from(index).ok().and_then(|index| self.digits.get(index));
        digit.map_or('0', |digit| char::from(*digit))
    }

    /// The number to so many digits, counted from the first; halves go to the even neighbour.
    #[must_use]
    pub fn rounded(&self, count: i64) -> Self {
        let Some(kept) = usize::try_from(count).ok() else {
            return Self { digits: Vec::new(), ..self.clone() };
        };
        let Some(rest) = self.digits.get(kept..).filter(|rest| !rest.is_empty()) else { return self.clone() };
        let mut digits = self.digits.get(..kept).unwrap_or_default().to_vec();
        let odd = digits.last().is_some_and(|digit| digit % 2 == 1);
        let half = [b'5'];
        let trimmed = rest.iter().rposition(|digit| *digit != b'0').map_or(0, |last| last + 1);
        let rest = rest.get(..trimmed).unwrap_or_default();
        let up = match rest.cmp(&half) {
            Ordering::Less => false,
            Ordering::Equal => odd,
            Ordering::Greater => true,
        };
        let mut point = self.point;
        if up && !increment(&mut digits) {
            digits.insert(0, b'1');
            point += 1;
        }
        Self { negative: self.negative, digits, point }
    }
}

/// Adds one in the last place; whether there was room for it.
fn increment(digits: &mut [u8]) -> bool {
    for digit in digits.iter_mut().rev() {
        if *digit == b'9' {
            *digit = b'0';
        } else {
            *digit += 1;
            return true;
        }
    }
    false
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self(Arc::new(BigDecimal::from(value)))
    }
}

impl From<usize> for Number {
    fn from(value: usize) -> Self {
        Self(Arc::new(BigDecimal::from(value as u64)))
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

/// Whether the text is `[-+]digits[.digits][e[-+]digits]`, where the digits on one side of the point may be missing.
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
    let optional = |digits: &str| digits.is_empty() || is_digits(digits);
    let mantissa = match fraction {
        None => is_digits(whole),
        Some(fraction) => {
            (is_digits(whole) && optional(fraction)) || (optional(whole) && is_digits(fraction))
        }
    };
    mantissa && exponent.is_none_or(is_digits)
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
        for text in ["", "-", ".", "1.e", "1e", "0x10", " 1", "1_000", "NaN", "inf"] {
            assert_eq!(Number::parse(text), Err(NumberError::Malformed), "{text}");
        }
    }

    #[test]
    fn takes_a_point_at_either_end() {
        for (text, says) in [(".5", "0.5"), ("-.5", "-0.5"), ("1.", "1"), ("1.e2", "100")] {
            assert_eq!(number(text).to_string(), says);
        }
    }

    #[test]
    fn rounds_halves_to_even() {
        let rounded = |text: &str, count| {
            let digits = number(text).digits().rounded(count);
            (0..digits.point.max(1)).map(|at| digits.at(at)).collect::<String>()
        };
        assert_eq!(rounded("2.5", 1), "2");
        assert_eq!(rounded("3.5", 1), "4");
        assert_eq!(rounded("2.51", 1), "3");
        assert_eq!(rounded("999.6", 3), "1000");
    }

    #[test]
    fn is_an_integer_where_it_is_whole() {
        assert_eq!(number("2.0").to_usize(), Some(2));
        assert_eq!(number("2.5").to_i64(), None);
        assert_eq!(number("-1").to_usize(), None);
    }
}

//! Numbers of any size and exact decimal fractions: Terraform's go beyond what 64 bits hold.

use std::fmt;
use std::str::FromStr;

use bigdecimal::{BigDecimal, ToPrimitive};

/// The longest number: comparing huge exponents would take memory in proportion to them.
const MAX_TEXT: usize = 4096;
const MAX_SCALE: i64 = 4096;

/// A decimal number, compared by value: `1.0` equals `1`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number(BigDecimal);

/// Why a text is not a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// It does not read as a decimal number.
    #[error("not a decimal number")]
    Malformed,
    /// It has thousands of digits.
    #[error("a number of more than {MAX_TEXT} digits")]
    TooLong,
}

impl Number {
    /// The number, if it is a whole one of 64 bits.
    pub fn as_i64(&self) -> Option<i64> {
        self.0.is_integer().then(|| self.0.to_i64()).flatten()
    }

    /// The number, if it is a whole one of 64 bits and not negative.
    pub fn as_u64(&self) -> Option<u64> {
        self.0.is_integer().then(|| self.0.to_u64()).flatten()
    }

    /// The number, if binary floating point holds it exactly.
    pub(crate) fn as_exact_f64(&self) -> Option<f64> {
        let float = self.0.to_plain_string().parse::<f64>().ok()?;
        (BigDecimal::try_from(float).ok()? == self.0).then_some(float)
    }

    pub(crate) fn is_integer(&self) -> bool {
        self.0.is_integer()
    }
}

impl FromStr for Number {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Self, NumberError> {
        if text.len() > MAX_TEXT {
            return Err(NumberError::TooLong);
        }
        let number = BigDecimal::from_str(text).map_err(|_| NumberError::Malformed)?;
        let (_, scale) = number.as_bigint_and_exponent();
        if scale.checked_abs().is_none_or(|scale| scale > MAX_SCALE) {
            return Err(NumberError::TooLong);
        }
        Ok(Self(number))
    }
}

impl TryFrom<f64> for Number {
    type Error = NumberError;

    fn try_from(float: f64) -> Result<Self, NumberError> {
        BigDecimal::try_from(float).map(Self).map_err(|_| NumberError::Malformed)
    }
}

impl From<i64> for Number {
    fn from(number: i64) -> Self {
        Self(number.into())
    }
}

impl From<u64> for Number {
    fn from(number: u64) -> Self {
        Self(number.into())
    }
}

impl fmt::Display for Number {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0.normalized().to_plain_string())
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compares_by_value_and_prints_plainly() {
        let one: Number = "1.0".parse().unwrap();
        assert_eq!(one, Number::from(1_i64));
        assert_eq!(one.to_string(), "1");
        assert_eq!("1e30".parse::<Number>().unwrap().to_string(), format!("1{}", "0".repeat(30)));
        assert_eq!("-0.25".parse::<Number>().unwrap().to_string(), "-0.25");
    }

    #[test]
    fn knows_what_fits() {
        let big: Number = "9223372036854775808".parse().unwrap();
        assert_eq!((big.as_i64(), big.as_u64()), (None, Some(1 << 63)));
        assert_eq!("0.1".parse::<Number>().unwrap().as_exact_f64(), None);
        assert_eq!("0.5".parse::<Number>().unwrap().as_exact_f64(), Some(0.5));
        assert_eq!("1.5".parse::<Number>().unwrap().as_i64(), None);
    }

    #[test]
    fn refuses_what_would_cost_memory() {
        assert_eq!("1e999999999".parse::<Number>(), Err(NumberError::TooLong));
        assert_eq!("1e-9223372036854775807".parse::<Number>(), Err(NumberError::TooLong));
        assert_eq!("9".repeat(5000).parse::<Number>(), Err(NumberError::TooLong));
        assert_eq!("".parse::<Number>(), Err(NumberError::Malformed));
        assert_eq!(Number::try_from(f64::NAN), Err(NumberError::Malformed));
        assert_eq!(Number::try_from(f64::INFINITY), Err(NumberError::Malformed));
    }
}

//! `codec` of a `namespace`: how its payloads are encrypted.

use super::fields::Fields;
use super::instance::Instance;
use crate::diagnostic::{Findings, INVALID_VALUE, MISSING_ATTRIBUTE};
use crate::policy::Spanned;
use schema::codec::Codec;

/// Lowers the attribute; `None` if it is omitted or invalid.
pub fn lower(block: &Instance, fields: &Fields, findings: &mut Findings) -> Option<Spanned<Codec>> {
    let (codec, at) = fields.object("codec")?;
    let mode = &**codec.text("mode")?.0;
    let takes_key = matches!(mode, "shared_key" | "kms");
    refuse_unless(takes_key, "key", mode, codec, findings);
    refuse_unless(mode == "kms", "decrypts", mode, codec, findings);
    let at = block.attribute("codec").map_or(at, |attribute| attribute.name_span.into());
    if takes_key && !codec.given("key") {
        let message = format!("the codec `{mode}` needs `key`");
        let help = "write `key = \"…\"`, the name of the key that this side encrypts with";
        findings.push(at.finding(&MISSING_ATTRIBUTE, message).help(help));
        return None;
    }
    let id = codec_of(mode, codec)?;
    Some(Spanned::new(at, id))
}

fn codec_of(mode: &str, codec: &Fields) -> Option<Codec> {
    let key = || codec.text("key").map(|(key, _)| key.to_string());
    let decrypts = || codec.texts("decrypts").flatten().map(|(key, _)| key.to_string());
    Some(match mode {
        "none" => Codec::None,
        "shared_key" => Codec::SharedKey { key: key()? },
        "kms" => Codec::Kms { key: key()?, decrypts: decrypts().collect() },
        _ => Codec::Wrapper,
    })
}

fn refuse_unless(fits: bool, name: &str, mode: &str, codec: &Fields, findings: &mut Findings) {
    if let Some(at) = codec.place(name).filter(|_| !fits) {
        let message = format!("`{name}` cannot be combined with the codec `{mode}`");
        findings.push(at.finding(&INVALID_VALUE, message).help("remove it, or choose another `mode`"));
    }
}

#[cfg(test)]
mod tests {
    use crate::check::expect::check;

    #[test]
    fn keys_go_with_the_modes_that_have_them() {
        check(
            r#"namespace "shop-prod" {
  regions = ["aws-us-east-1"]
  codec   = { mode = "shared_key" } #! missing-attribute
}
namespace "risk-prod" {
  regions = ["aws-us-east-1"]
  codec   = { mode = "none", key = "k" } #! invalid-value
}
namespace "fraud-prod" {
  regions = ["aws-us-east-1"]
  codec   = { mode = "shared_key", key = "k", decrypts = ["j"] } #! invalid-value
}
namespace "mail-prod" {
  regions = ["aws-us-east-1"]
  codec   = { mode = "rot13" } #! invalid-value
}
namespace "books-prod" {
  regions = ["aws-us-east-1"]
  codec   = { key = "k" } #! missing-attribute
}
"#,
        );
    }
}

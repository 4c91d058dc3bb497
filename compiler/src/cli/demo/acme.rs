//! The example policy, embedded in the executable so that the demo runs anywhere.

use crate::diagnostic::source::Sources;

macro_rules! example {
    ($($file:literal),* $(,)?) => {
        &[$((concat!("examples/acme/", $file), include_str!(concat!("../../../../examples/acme/", $file)))),*]
    };
}

/// Path and text of each policy file of `examples/acme`.
const FILES: &[(&str, &str)] = example![
    "account.nexus.hcl",
    "endpoints/catalog.nexus.hcl",
    "endpoints/orders.nexus.hcl",
    "endpoints/payments.nexus.hcl",
    "endpoints/shipping.nexus.hcl",
    "endpoints/trust.nexus.hcl",
    "grants/fulfilment.nexus.hcl",
    "grants/storefront.nexus.hcl",
    "grants/support.nexus.hcl",
    "machines.nexus.hcl",
    "namespaces/dev.nexus.hcl",
    "namespaces/prod.nexus.hcl",
    "namespaces/staging.nexus.hcl",
    "people.nexus.hcl",
];

/// The Terraform configuration of `examples/terraform-endpoint`.
pub const MAIN_TF: &str = include_str!("../../../../examples/terraform-endpoint/main.tf");

/// The policy's files.
pub fn sources() -> Sources {
    let mut sources = Sources::default();
    for (path, text) in FILES {
        sources.add(*path, *text);
    }
    sources
}

#[cfg(test)]
mod tests {
    use super::FILES;
    use std::path::Path;

    #[test]
    fn embeds_every_policy_file_of_the_example() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let mut sources = crate::diagnostic::source::Sources::default();
        crate::load::read(&[root.join("examples/acme")], &mut sources, &mut vec![]).unwrap();
        let on_disk =
            sources.iter().map(|(_, file)| Path::new(file.path()).strip_prefix(root).unwrap().to_owned());
        let embedded: Vec<_> = FILES.iter().map(|(path, _)| Path::new(path).to_owned()).collect();
        assert_eq!(on_disk.collect::<Vec<_>>(), embedded);
    }
}

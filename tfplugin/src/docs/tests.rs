use super::*;
use crate::rpc::tests::fickle::Acme;

#[test]
fn a_page_says_what_the_schema_says() {
    let example = |path: &str| match path {
        "resources/fickle/resource.tf" => Some("resource \"fickle\" \"it\" {}\n".to_owned()),
        "resources/fickle/import-by-identity.tf" => Some("import {}\n".to_owned()),
        _ => None,
    };
    let pages = pages("acme", &Acme, &example);
    let expected = r#"---
page_title: "fickle Resource - acme"
description: |-
  F.
---

# fickle (Resource)

F.

## Example Usage

```terraform
resource "fickle" "it" {}
```

## Schema

### Required

- `name` (String) N.

### Optional

- `zone` (String, Forces replacement) Z.

### Read-Only

- `id` (String) I.

## Import

With an `import` block and the resource's identity, in Terraform 1.12 and later:

```terraform
import {}
```

### Identity Schema

#### Required

- `id` (String) I.
"#;
    assert_eq!(pages["resources/fickle.md"], expected);
    assert!(pages.contains_key("index.md"));
}

#[test]
fn what_has_nothing_to_set_has_no_section_about_it() {
    let mut page = Page::new("empty", "E.");
    schema::write(&mut page, &crate::schema::Block::new("E.", []));
    assert!(!page.finish().contains("Schema"));
}

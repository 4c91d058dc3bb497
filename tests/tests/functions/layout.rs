//! What HCL refuses is refused, and what it accepts is read: files of text, held against Terraform's parser.

use super::{console, ours};
use tests::terraform::Terraform;

/// Files with what HCL has and what it has not.
const FILES: &[&str] = &[
    "locals {\n  b = 1\n}\n",
    "locals { b = 1 }\n",
    "locals { b = 1 }",
    "locals {}\n",
    "locals { }\n",
    "locals {\n}\n",
    "locals { # a comment\n  b = 1\n}\n",
    "locals { /* a comment */ b = 1 }\n",
    "locals { b = 1\n}\n",
    "locals {\n  b = 1 }\n",
    "locals { b = 1\n  c = 2 }\n",
    "locals { b = [\n1\n] }\n",
    "locals { b = 1, c = 2 }\n",
    "locals { b = 1 } locals { c = 1 }\n",
    "locals {\n  b = {\n    c = 1 }\n}\n",
    "locals {\n  b = { c = 1\n  d = 2 }\n}\n",
    "locals {\n  b = [[1]].0.0\n}\n",
    "locals {\n  b = [[1]].0[0]\n}\n",
    "locals {\n  b = [[1]].*.*\n}\n",
    "locals {\n  b = [[1]].*.a.*\n}\n",
    "locals {\n  b = [[1]].*.a[0].*\n}\n",
    "locals {\n  b = [[1]][*][*]\n}\n",
    "locals {\n  b = {for = 1}\n}\n",
    "locals {\n  b = {\"for\" = 1}\n}\n",
    "locals {\n  b = [for]\n}\n",
    "locals {\n  b = <<E \na\nE\n}\n",
    "locals {\n  b = <<E\na\n  E\n}\n",
    "locals {\n  b = <<E\r\na\r\nE\r\n}\r\n",
    "locals {\n  b = \"a\rb\"\n}\n",
    "locals {\n  b =\r1\n}\n",
    "locals {\r  b = 1\r}\r",
    "locals {\n  b = 1 # a\rb\n}\n",
    "locals {\n  b = provider::x::y()\n}\n",
    "locals {\n  b = core::upper(\"a\")\n}\n",
    "locals {\n  b = core ::upper(\"a\")\n}\n",
    "locals {\n  b = core::upper\n}\n",
    "locals {\n  b = core::(1)\n}\n",
    "locals {\n  b = \"a\n\"\n}\n",
    "locals {\n  b = 'a'\n}\n",
    "locals {\n  b = a.\"b\"\n}\n",
    "locals {\n  b = { \"a\": 1 }\n}\n",
    "locals {\n  b = true ? 1 : 2 ? 3 : 4\n}\n",
    "locals {\n  b = - - 1\n}\n",
    "locals {\n  b = 1\n\u{c}}\n",
    "locals {\n  b\u{a0}= 1\n}\n",
];

#[test]
fn hcl_is_read_as_terraform_reads_it() {
    // No local is declared twice.
    let numbered = |(at, text): (usize, &&str)| (format!("f{at}.tf"), text.replace('b', &format!("b{at}")));
    let named: Vec<_> = FILES.iter().enumerate().map(numbered).collect();
    let files: Vec<_> = named.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let refused = console::refused(&Terraform::all()[0], &files);
    let wrong: Vec<_> = named
        .iter()
        .map(|(path, text)| (text, !refused.contains(path), ours::is_read(text)))
        .filter(|(_, theirs, ours)| theirs != ours)
        .collect();
    assert!(wrong.is_empty(), "(text, Terraform reads it, nexusc reads it): {wrong:#?}");
}

#[test]
fn types_are_read_as_terraform_reads_them() {
    let types = [
        "list(string)",
        "list(\"string\")",
        "object({ \"name\" = string })",
        "object({ name = string })",
        "list",
        "set",
        "map",
        "object",
        "tuple",
        "any",
        "list(any)",
        "tuple([string])",
        "tuple(string)",
        "object({ a = optional(string) })",
        "optional(string)",
        "list(optional(string))",
        "object({ (a) = string })",
        "string()",
        "list(string, number)",
        "object({ a = optional(string, 1, 2) })",
    ];
    let declared: Vec<_> = types.iter().map(|of| ((*of).to_owned(), "null".to_owned())).collect();
    let theirs = console::variables(&Terraform::all()[0], &declared);
    for ((of, default), theirs) in declared.iter().zip(theirs) {
        let (ours, found) = ours::variable(of, default);
        assert_eq!(ours.is_some(), theirs.is_some(), "{of}: {theirs:?} {found}");
    }
}

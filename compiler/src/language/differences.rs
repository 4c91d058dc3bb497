//! Where expressions mean something else than in Terraform, and which of its functions there are not. The page of the language
//! is made from these tables, and the test that compares random expressions with Terraform's accepts nothing else.

/// One difference.
#[derive(Clone, Copy, Debug)]
pub struct Difference {
    /// Its name, which the test has a rule for.
    pub name: &'static str,
    /// What differs, in sentences.
    pub text: &'static str,
    /// An expression that shows it; none where it takes more than an expression.
    pub example: Option<Example>,
}

/// An expression, and what it gives: JSON, or nothing for an error.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// The expression.
    pub expression: &'static str,
    /// What Terraform 1.15.5 gives.
    pub terraform: Option<&'static str>,
    /// What `nexusc` gives.
    pub nexusc: Option<&'static str>,
}

const fn example(
    expression: &'static str,
    terraform: Option<&'static str>,
    nexusc: Option<&'static str>,
) -> Option<Example> {
    Some(Example { expression, terraform, nexusc })
}

/// Every difference.
pub const DIFFERENCES: &[Difference] = &[
    Difference {
        name: "collections-are-equal",
        text: "A tuple equals a list of the same elements, an object equals a map, and empty collections of one kind are equal.",
        example: example("[1] == tolist([1])", Some("false"), Some("true")),
    },
    Difference {
        name: "decimals",
        text: "Numbers are decimals of up to 1000 digits on each side of the point. A quotient without an end has 100 digits; Terraform rounds to 512 bits.",
        example: example("1 / 3 * 3 == 1", Some("true"), Some("false")),
    },
    Difference {
        name: "binary-powers",
        text: "`pow` is worked out in binary in both, and written with as many digits as tell the number from its neighbours. One beyond 10^308 is an error.",
        example: example("pow(2, 1.5)", Some("2.82842712474619"), Some("2.8284271247461903")),
    },
    Difference {
        name: "negative-zero",
        text: "There is no negative zero.",
        example: example("\"x${-0}\"", Some("\"x-0\""), Some("\"x0\"")),
    },
    Difference {
        name: "division-by-zero",
        text: "Division by zero is an error where it is evaluated; in Terraform it is infinite, and an error later. As in Terraform, it is no error in the result of a conditional that is not chosen.",
        example: example("can(1 / 0)", Some("true"), Some("false")),
    },
    Difference {
        name: "duplicate-keys",
        text: "A key is given once in an object.",
        example: example("{ \"a\" = 1, \"a\" = 2 }", Some("{\"a\":2}"), None),
    },
    Difference {
        name: "null-has-no-type",
        text: "`null` is of no type, also the result of `tostring(null)` or a null variable, and an empty collection without a type may stand beside any other. Terraform refuses some such values. A splat of a null list is an error, as in Terraform.",
        example: example("true ? tostring(null) : [1]", None, Some("null")),
    },
    Difference {
        name: "order-of-sets",
        text: "Sets are sorted by their values; Terraform sorts strings and numbers too, and sets of lists, sets or objects by a hash.",
        example: example("tolist(toset([[true], []]))", Some("[[true],[]]"), Some("[[],[true]]")),
    },
    Difference {
        name: "unicode-classes",
        text: "In patterns, names of scripts are matched without case, spaces, hyphens and `_`; Terraform matches those of several words as they are written, and does not know scripts newer than Unicode 15.",
        example: example("can(regex(\"\\\\p{OldItalic}\", \"\\U00010300\"))", Some("false"), Some("true")),
    },
    Difference {
        name: "any-in-collections",
        text: "In the type of a variable, `any` within a collection is the type that all its values have; Terraform refuses some types and values.",
        example: None,
    },
    Difference {
        name: "unknown-keys",
        text: "A key that the object type of a variable does not have is an error instead of being dropped.",
        example: None,
    },
    Difference {
        name: "names",
        text: "An unknown name or function is reported wherever it stands; `try` and `can` do not hide it.",
        example: None,
    },
    Difference {
        name: "reference-keys",
        text: "A reference to a block may be the key of an object without parentheses, such as `{ namespace.payments = \"read\" }`.",
        example: None,
    },
    Difference {
        name: "quoted-types",
        text: "The whole type of a variable may be a string, as it must be in JSON.",
        example: None,
    },
    Difference {
        name: "heredocs-in-heredocs",
        text: "A heredoc ends at the first line that is its word, also within a `${…}`: one within another needs another word.",
        example: None,
    },
];

/// Functions of Terraform that the language does not have, and why.
#[derive(Clone, Copy, Debug)]
pub struct Missing {
    /// Why.
    pub reason: &'static str,
    /// Their names, sorted.
    pub functions: &'static [&'static str],
}

/// The functions of Terraform 1.15.5 that the language does not have.
pub const MISSING: &[Missing] = &[
    Missing {
        reason: "a policy reads no files",
        functions: &[
            "abspath",
            "basename",
            "dirname",
            "file",
            "filebase64",
            "filebase64sha256",
            "filebase64sha512",
            "fileexists",
            "filemd5",
            "fileset",
            "filesha1",
            "filesha256",
            "filesha512",
            "pathexpand",
            "templatefile",
        ],
    },
    Missing {
        reason: "a policy depends on neither the clock nor chance",
        functions: &["bcrypt", "plantimestamp", "timestamp", "uuid"],
    },
    Missing {
        reason: "a policy has no secrets, and all its values are known",
        functions: &["ephemeralasnull", "issensitive", "nonsensitive", "rsadecrypt", "sensitive"],
    },
    Missing {
        reason: "addresses, times of day, archives, tables and other formats do not occur in policies",
        functions: &[
            "base64gzip",
            "cidrhost",
            "cidrnetmask",
            "cidrsubnet",
            "cidrsubnets",
            "csvdecode",
            "formatdate",
            "textdecodebase64",
            "textencodebase64",
            "timeadd",
            "timecmp",
            "urlencode",
            "yamldecode",
            "yamlencode",
        ],
    },
    Missing {
        reason: "one hash is enough",
        functions: &["base64sha256", "base64sha512", "md5", "sha1", "sha512", "uuidv5"],
    },
    Missing { reason: "no policy has needed it yet", functions: &["convert", "log", "templatestring"] },
];

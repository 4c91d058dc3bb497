use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

use super::*;

/// Types of a moderate size, every kind among them.
pub(crate) fn types() -> impl Strategy<Value = Type> {
    let leaf = prop_oneof![Just(Type::Bool), Just(Type::Number), Just(Type::String), Just(Type::Dynamic)];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(Type::list),
            inner.clone().prop_map(Type::set),
            inner.clone().prop_map(Type::map),
            vec(inner.clone(), 0..3).prop_map(Type::Tuple),
            btree_map("[a-z]{1,3}", inner, 0..4).prop_map(Type::Object),
        ]
    })
}

fn numbers() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_filter_map("finite", |float| Number::try_from(float).ok().map(Value::from)),
        "-?[1-9][0-9]{0,60}(\\.[0-9]{1,40})?(e-?[0-9]{1,2})?"
            .prop_map(|text| Value::Number(text.parse().unwrap())),
    ]
}

/// Values of a type, nulls and unknowns among them.
pub(crate) fn values(ty: &Type) -> BoxedStrategy<Value> {
    let known = match ty {
        Type::Bool => any::<bool>().prop_map(Value::from).boxed(),
        Type::Number => numbers().boxed(),
        Type::String => any::<String>().prop_map(Value::from).boxed(),
        Type::Dynamic => dynamics().boxed(),
        Type::List(element) => vec(values(element), 0..4).prop_map(Value::List).boxed(),
        Type::Set(element) => vec(values(element), 0..4).prop_map(Value::set::<Value>).boxed(),
        Type::Map(element) => btree_map(any::<String>(), values(element), 0..4).prop_map(Value::map).boxed(),
        Type::Tuple(elements) => {
            elements.iter().map(values).collect::<Vec<_>>().prop_map(Value::Tuple).boxed()
        }
        Type::Object(attributes) => {
            let attributes: Vec<_> =
                attributes.iter().map(|(name, ty)| (Just(name.clone()), values(ty))).collect();
            attributes.prop_map(Value::object).boxed()
        }
    };
    prop_oneof![8 => known, 1 => Just(Value::Null), 1 => Just(Value::Unknown)].boxed()
}

fn dynamics() -> impl Strategy<Value = Value> {
    let plain = prop_oneof![Just(Type::Bool), Just(Type::Number), Just(Type::list(Type::String))];
    let typed =
        plain.prop_flat_map(|ty| values(&ty).prop_map(move |value| Dynamic { ty: ty.clone(), value }));
    typed.prop_map(|dynamic| Value::Dynamic(Box::new(dynamic)))
}

fn typed_values() -> impl Strategy<Value = (Type, Value)> {
    types().prop_flat_map(|ty| values(&ty).prop_map(move |value| (ty.clone(), value)))
}

proptest! {
    #[test]
    fn every_value_round_trips((ty, value) in typed_values()) {
        let value = ty.conform(value).unwrap();
        prop_assert_eq!(decode(&ty, &encode(&ty, &value)).unwrap(), value);
    }

    #[test]
    fn any_bytes_are_a_value_or_an_error(ty in types(), bytes in vec(any::<u8>(), 0..200)) {
        let _ = decode(&ty, &bytes);
    }

    #[test]
    fn damaged_bytes_are_a_value_or_an_error(
        (ty, value) in typed_values(), at in any::<prop::sample::Index>(), byte in any::<u8>(),
    ) {
        let mut bytes = encode(&ty, &value);
        let at = at.index(bytes.len());
        let _ = decode(&ty, &bytes[..at]);
        bytes[at] = byte;
        let _ = decode(&ty, &bytes);
    }

    #[test]
    fn sets_have_no_order(mut elements in vec(any::<String>(), 0..6), seed in any::<prop::sample::Index>()) {
        let set = Value::set(elements.clone());
        if !elements.is_empty() {
            let middle = seed.index(elements.len());
            elements.rotate_left(middle);
            elements.push(elements[0].clone());
        }
        prop_assert_eq!(set, Value::set(elements));
    }
}

#[track_caller]
fn check_bytes(ty: Type, value: impl Into<Value>, expected: &[u8]) {
    let value = value.into();
    assert_eq!(encode(&ty, &value), expected);
    assert_eq!(decode(&ty, expected), Ok(value));
}

fn number(text: &str) -> Number {
    text.parse().unwrap()
}

#[test]
fn writes_what_terraform_writes() {
    check_bytes(Type::String, Value::Null, &[0xc0]);
    check_bytes(Type::list(Type::String), Value::Unknown, &[0xd4, 0, 0]);
    check_bytes(Type::Bool, true, &[0xc3]);
    check_bytes(Type::Number, 1, &[1]);
    check_bytes(Type::Number, -33, &[0xd0, 0xdf]);
    check_bytes(Type::Number, number("0.1"), b"\xa30.1");
    check_bytes(Type::Number, number("0.5"), &[0xcb, 0x3f, 0xe0, 0, 0, 0, 0, 0, 0]);
    check_bytes(Type::Number, number("9223372036854775808"), b"\xb39223372036854775808");
    check_bytes(Type::String, "hi", b"\xa2hi");
    let dynamic = Dynamic { ty: Type::String, value: "hi".into() };
    check_bytes(Type::Dynamic, Value::Dynamic(Box::new(dynamic)), b"\x92\xc4\x08\"string\"\xa2hi");
    let object = Type::object([("b", Type::Bool), ("a", Type::Bool)]);
    let value = Value::object([("a", Value::Null), ("b", true.into())]);
    check_bytes(object, value, b"\x82\xa1a\xc0\xa1b\xc3");
}

#[test]
fn takes_every_extension_for_unknown() {
    let refined = [0xc7, 3, 12, 0x81, 1, 0xc2];
    assert_eq!(decode(&Type::String, &refined), Ok(Value::Unknown));
    assert_eq!(decode(&Type::list(Type::Bool), &[0x91, 0xd5, 0, 0, 0]), Ok(Value::list([Value::Unknown])));
}

#[test]
fn takes_numbers_in_every_form() {
    let floats = [0xca, 0x3f, 0x00, 0x00, 0x00];
    assert_eq!(decode(&Type::Number, &floats), Ok(number("0.5").into()));
    let most = [0xcf, 255, 255, 255, 255, 255, 255, 255, 255];
    assert_eq!(decode(&Type::Number, &most), Ok(Value::from(u64::MAX)));
}

#[track_caller]
fn check_refused(ty: &Type, bytes: &[u8], reason: &str) {
    let error = decode(ty, bytes).expect_err("refused");
    assert!(error.to_string().contains(reason), "{error}");
}

#[test]
fn refuses_hostile_bytes() {
    let strings = Type::list(Type::String);
    check_refused(&Type::String, &[], "truncated");
    check_refused(&strings, &[0xdd, 255, 255, 255, 255], "truncated");
    check_refused(&Type::String, &[0xdb, 255, 255, 255, 255, b'a'], "truncated");
    check_refused(&Type::map(Type::Bool), &[0xdf, 255, 255, 255, 255, 0xa0], "truncated");
    check_refused(&Type::String, &[0xc9, 255, 255, 255, 255, 0], "truncated");
    check_refused(&Type::String, &[0xa1, 0xff], "not UTF-8");
    check_refused(&Type::Number, b"\xa91e9999999", "digits");
    check_refused(&Type::Number, &[0xcb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0], "decimal");
    check_refused(&Type::Bool, &[0xc3, 0xc3], "trailing bytes");
    check_refused(&Type::Bool, &[1], "expected a bool");
    check_refused(&Type::Dynamic, b"\x92\xc4\x09\"dynamic\"\xc0", "malformed type");
    check_refused(&Type::object([("a", Type::Bool)]), b"\x81\xa1b\xc3", "unknown attribute");
    check_refused(&Type::Tuple(vec![Type::Bool]), &[0x92, 0xc3, 0xc3], "wrong tuple length");
}

#[test]
fn refuses_bottomless_nesting() {
    let deep = (0..400).fold(Type::Bool, |ty, _| Type::list(ty));
    check_refused(&deep, &[0x91; 400], "too deeply");
    let shells = [&b"\x92\xc4\x15[\"tuple\",[\"dynamic\"]]\x91"[..]; 400].concat();
    check_refused(&Type::Dynamic, &shells, "too deeply");
}

#[test]
fn names_the_place_of_an_error() {
    let ty = Type::object([("a", Type::list(Type::map(Type::Bool)))]);
    check_refused(&ty, b"\x81\xa1a\x92\x80\x81\xa1k\x01", r#"`a[1]["k"]`"#);
}

#[test]
fn strings_compare_as_terraform_sees_them() {
    let (composed, decomposed) = ("\u{e9}", "e\u{301}");
    assert_eq!(Value::from(composed), Value::from(decomposed));
    assert_eq!(Value::set([composed, decomposed]).elements().len(), 1);
    assert_eq!(Value::map([(composed, true)]), Value::map([(decomposed, true)]));
    let raw = Value::set([Value::String(decomposed.to_owned())]);
    assert_eq!(raw, Value::set([composed]));
}

#[test]
fn unknown_elements_of_a_set_may_differ() {
    assert_eq!(Value::set([Value::Unknown, Value::Unknown]).elements().len(), 2);
}

#[test]
fn reads_states_leniently() {
    let ty = Type::object([
        ("a", Type::set(Type::String)),
        ("b", Type::Number),
        ("c", Type::Bool),
        ("d", Type::Dynamic),
    ]);
    let json = r#"{"a":["y","x","y"],"b":"123456789012345678901234567890","c":"true","old":{},
                   "d":{"type":["list","number"],"value":[1.50]}}"#;
    let value = Value::from_json(&ty, &serde_json::from_str(json).unwrap()).unwrap();
    let list = Dynamic { ty: Type::list(Type::Number), value: Value::list([number("1.5")]) };
    let expected = Value::object([
        ("a", Value::set(["x", "y"])),
        ("b", number("123456789012345678901234567890").into()),
        ("c", true.into()),
        ("d", Value::Dynamic(Box::new(list))),
    ]);
    assert_eq!(value, expected);
    let sparse = Value::from_json(&ty, &serde_json::from_str("{}").unwrap()).unwrap();
    assert!(sparse.entries().unwrap().values().all(Value::is_null));
}

#[test]
fn says_where_a_state_is_wrong() {
    let ty = Type::object([("a", Type::list(Type::Bool))]);
    let error = Value::from_json(&ty, &serde_json::from_str(r#"{"a":[true,{}]}"#).unwrap()).unwrap_err();
    assert_eq!(error.to_string(), "malformed value at `a[1]`: expected a bool");
}

#[test]
fn a_built_value_takes_the_shape_of_its_type() {
    let ty =
        Type::object([("set", Type::set(Type::String)), ("map", Type::map(Type::Bool)), ("n", Type::Number)]);
    let built =
        Value::object([("set", Value::list(["b", "a", "b"])), ("map", Value::object([("k", true.into())]))]);
    let expected = Value::object([
        ("set", Value::set(["a", "b"])),
        ("map", Value::map([("k", true)])),
        ("n", Value::Null),
    ]);
    assert_eq!(ty.conform(built), Ok(expected));
}

#[test]
fn a_mismatch_never_shows_the_value() {
    let ty = Type::object([("a", Type::Bool)]);
    let error = ty.conform(Value::object([("a", "hunter2".into())])).unwrap_err();
    assert_eq!(error.to_string(), "a value at `a` must be a bool, but it is a string");
    let error = ty.conform(Value::object([("b", "hunter2".into())])).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a value at `b` must be absent, as it is not in the schema, but it is a string"
    );
}

#[test]
fn salvages_all_that_fits() {
    let ty = Type::object([("id", Type::String), ("a", Type::Bool)]);
    let given = Value::object([("id", "e1".into()), ("a", 1.into()), ("b", true.into())]);
    let (value, mismatches) = ty.salvage(given);
    assert_eq!(value, Value::object([("id", "e1".into()), ("a", Value::Null)]));
    assert_eq!(mismatches.len(), 2);
}

#[test]
fn forgets_unknowns_and_says_where() {
    let mut value = Value::object([
        ("a", Value::Unknown),
        ("b", Value::list([Value::from(1), Value::Unknown])),
        ("c", Value::set([Value::from(1), Value::Unknown])),
    ]);
    let paths: Vec<String> = value.forget_unknowns().iter().map(ToString::to_string).collect();
    assert_eq!(paths, ["a", "b[1]", "c"]);
    assert!(value.is_wholly_known());
    assert_eq!(value.get("c"), &Value::set([1]));
}

#[test]
fn looks_into_values_without_failing() {
    let value = Value::object([("list", Value::list(["a"])), ("unknown", Value::Unknown)]);
    assert_eq!(value.at(&Path::from("list").index(0)), &Value::from("a"));
    assert_eq!(value.at(&Path::from("list").index(7)), &Value::Null);
    assert_eq!(value.at(&Path::from("unknown").attribute("x").index(1)), &Value::Unknown);
    assert_eq!(value.get("absent").get("more"), &Value::Null);
}

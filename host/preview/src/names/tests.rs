use super::*;
use std::collections::BTreeMap;

fn alias(name: &str) -> AliasName {
    AliasName::new(name).unwrap()
}

#[test]
fn a_name_is_a_label_of_a_host_and_nothing_that_has_a_meaning() {
    for good in ["a", "0", "pr-42", "a1", "42", &"a".repeat(40)] {
        assert_eq!(ProjectName::new(good).unwrap().as_str(), good);
        assert_eq!(alias(good).as_str(), good);
    }
    let id = DeployId::from_bytes([7; 16]);
    let not_quite_an_id = "abcdefghijklmnopqrstuvwxyz";
    for bad in [
        "",
        "-a",
        "a-",
        "a--b",
        "A",
        "ä",
        "a.b",
        "a/b",
        "..",
        ".",
        "a b",
        "a\0",
        "a\n",
        "api",
        "www",
        "a_b",
        "%61",
        id.as_str(),
        not_quite_an_id,
        &"a".repeat(41),
        &"a".repeat(1_000_000),
    ] {
        assert!(ProjectName::new(bad).is_err(), "{bad:?}");
        assert!(AliasName::new(bad).is_err(), "{bad:?}");
    }
    assert!(
        AliasName::new("xn").is_err(),
        "xn--project would be another script"
    );
    assert!(ProjectName::new("xn").is_ok());
}

#[test]
fn an_error_is_a_short_line_whatever_the_name() {
    let error = ProjectName::new("a\r\nb".repeat(1_000_000))
        .unwrap_err()
        .to_string();
    assert!(error.len() < 400, "{}", error.len());
    assert!(!error.contains(['\r', '\n']), "{error}");
    let error = SitePath::new("a/../b").unwrap_err().to_string();
    assert_eq!(error, r#""a/../b" is no path: a segment of it is "..""#);
    let error = AliasName::new("My.Site").unwrap_err().to_string();
    assert!(
        error.starts_with(r#""My.Site" is no alias: 'M' isn't among"#),
        "{error}"
    );
}

#[test]
fn an_id_has_all_the_bits_and_one_form() {
    for bytes in [[0; 16], [255; 16], *b"0123456789abcdef", [1; 16]] {
        let id = DeployId::from_bytes(bytes);
        assert_eq!(DeployId::new(id.as_str()).unwrap(), id);
        assert_eq!(id.as_str().len(), 26);
    }
    // The same as `base32` of coreutils, in lower case and without padding.
    let id = DeployId::from_bytes(*b"0123456789abcdef");
    assert_eq!(id.as_str(), "gaytemzugu3doobzmfrggzdfmy");
    let mut seen = std::collections::HashSet::new();
    for bit in 0..128 {
        assert!(seen.insert(DeployId::from_bytes((1_u128 << bit).to_be_bytes())));
    }
    for bad in [
        "",
        "gaytemzugu3doobzmfrggzdfm",
        "gaytemzugu3doobzmfrggzdfmya",
        "GAYTEMZUGU3DOOBZMFRGGZDFMY",
        "gaytemzugu3doobzmfrggzdfmz",
        "gaytemzugu1doobzmfrggzdfmy",
        "gaytemzugu3doobzmfrggzd../",
    ] {
        assert!(DeployId::new(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_label_always_fits_and_never_collides() {
    let project = ProjectName::new("site").unwrap();
    assert_eq!(
        Label::of_alias_in(&alias("pr-42"), &project).as_str(),
        "pr-42--site"
    );
    let long = |last: &str| ProjectName::new(format!("{}{last}", "p".repeat(39))).unwrap();
    let long_alias = alias(&"a".repeat(40));
    let one = Label::of_alias_in(&long_alias, &long("1"));
    let other = Label::of_alias_in(&long_alias, &long("2"));
    assert!(one.as_str().len() <= 63, "{one}");
    assert_ne!(one, other);
    // Cut behind a hyphen, it still has no two in a row.
    let hyphens = ProjectName::new("a-".repeat(19) + "a").unwrap();
    for label in [
        one,
        other,
        Label::of_alias_in(&long_alias, &hyphens),
        Label::of_alias_in(&alias(&"a".repeat(39)), &hyphens),
    ] {
        assert_eq!(Label::new(label.as_str()).unwrap(), label);
    }
    for bad in [
        "",
        "a--",
        "--a",
        "a--b--c",
        "xn--a",
        "api",
        "a.b",
        "A",
        "a---b",
        &"a".repeat(64),
    ] {
        assert!(Label::new(bad).is_err(), "{bad}");
    }
    let id = DeployId::from_bytes([9; 16]);
    assert_eq!(Label::new(id.as_str()).unwrap(), Label::of_deploy(&id));
}

#[test]
fn a_path_leads_down_and_nowhere_else() {
    let deep = |levels: usize| vec!["a"; levels].join("/");
    let wide = "b".repeat(255);
    for good in [
        "a",
        "a/b.html",
        ".well-known/x",
        "...",
        "a b/ü/%2e%2e",
        " ",
        &deep(64),
        &wide,
        "a:b",
        "C:",
    ] {
        assert_eq!(SitePath::new(good).unwrap().as_str(), good);
    }
    for bad in [
        "",
        "/",
        "/a",
        "//a",
        "a//b",
        "a/",
        ".",
        "..",
        "./a",
        "a/.",
        "a/..",
        "../a",
        "a/../b",
        "a\0b",
        "a\\b",
        "..\\a",
        "a\nb",
        "a\u{7f}",
        "a\u{85}",
        &deep(65),
        &deep(10_000),
        &"b".repeat(256),
        &"a/".repeat(50_000_000),
    ] {
        assert!(
            SitePath::new(bad).is_err(),
            "{:?}",
            &bad[..bad.len().min(40)]
        );
    }
    let path = SitePath::new("a/b/c").unwrap();
    assert_eq!(path.folders().collect::<Vec<_>>(), ["a", "a/b"]);
}

#[test]
fn json_has_no_way_around_the_checks() {
    assert!(serde_json::from_str::<SitePath>(r#""a/b""#).is_ok());
    for bad in [
        r#""../a""#,
        r#""a\u0000b""#,
        r#""\ud800""#,
        "7",
        "null",
        r#"["a"]"#,
    ] {
        assert!(serde_json::from_str::<SitePath>(bad).is_err(), "{bad}");
        assert!(serde_json::from_str::<ProjectName>(bad).is_err(), "{bad}");
        assert!(serde_json::from_str::<AliasName>(bad).is_err(), "{bad}");
        assert!(serde_json::from_str::<Label>(bad).is_err(), "{bad}");
        assert!(serde_json::from_str::<DeployId>(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_path_that_occurs_twice_is_refused() {
    #[derive(serde::Deserialize)]
    struct Files(#[serde(deserialize_with = "each_path_once")] BTreeMap<SitePath, u8>);
    let read = |json: &str| serde_json::from_str::<Files>(json);
    assert_eq!(read(r#"{"a":1,"b":2}"#).unwrap().0.len(), 2);
    let error = read(r#"{"a":1,"\u0061":2}"#).err().unwrap().to_string();
    assert!(error.contains(r#""a" occurs twice"#), "{error}");
}

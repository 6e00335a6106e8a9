//! The checker itself, on small trees that break the order on purpose.

use super::{Fault, cycle_faults, layer_faults};
use std::fs;
use tempfile::TempDir;

const LIB: &str = "host/src/lib.rs";
const TWO: (&str, &str) = (LIB, "mod upper;\nmod lower;\n");

/// A repository of `files`, whose chart has one line for `host/src`.
fn plant(layers: &str, files: &[(&str, &str)]) -> TempDir {
    let root = TempDir::new().unwrap();
    let chart = format!("## Layers\n\n```layers\nhost/src: {layers}\n```\n");
    for (path, text) in files.iter().chain([&("CONTRIBUTING.md", chart.as_str())]) {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    root
}

fn lines(faults: &[Fault]) -> Vec<String> {
    faults.iter().map(Fault::to_string).collect()
}

fn layers(layers: &str, files: &[(&str, &str)]) -> Vec<String> {
    lines(&layer_faults(plant(layers, files).path()))
}

/// What is said of `lower.rs`, which may not use `upper`.
fn lower_with(text: &str) -> Vec<String> {
    let files = [TWO, ("host/src/upper.rs", ""), ("host/src/lower.rs", text)];
    layers("upper > lower", &files)
}

/// What is said of the files of `folder/`, whose `mod.rs` is the first text.
fn cycles(parent: &str, files: &[(&str, &str)]) -> Vec<String> {
    let mut all = vec![(LIB, "mod folder;"), ("host/src/folder/mod.rs", parent)];
    all.extend(files);
    let root = plant("folder", &all);
    assert_eq!(lines(&layer_faults(root.path())), [""; 0]);
    lines(&cycle_faults(root.path()))
}

#[test]
fn an_arrow_that_points_down_is_right() {
    let upper = "use crate::lower::Name;\nfn f() { crate::lower::g(); }\n";
    let files = [
        TWO,
        ("host/src/upper.rs", upper),
        ("host/src/lower.rs", "use self::own::Name;\nmod own {}\n"),
    ];
    assert_eq!(layers("upper > lower", &files), [""; 0]);
}

#[test]
fn an_arrow_that_points_up_is_found_with_its_file_and_line() {
    assert_eq!(
        lower_with("//! A file.\n\nuse crate::upper::Name;\n"),
        ["host/src/lower.rs:3: lower uses crate::upper::Name, but upper is above lower"]
    );
}

#[test]
fn braces_within_braces_are_read() {
    let text = "use crate::{\n    lower::own,\n    upper::{deep::{self, Name}},\n};\n";
    assert_eq!(
        lower_with(text),
        ["host/src/lower.rs:3: lower uses crate::upper::deep, but upper is above lower"]
    );
}

#[test]
fn a_path_in_place_is_an_arrow() {
    for text in [
        "fn f() { crate::upper::g(); }",
        "fn f(_: Vec<crate::upper::Name>) {}",
        "impl crate::upper::Name for () {}",
        "fn f() { use crate::upper::*; }",
        "fn f() { println!(\"{}\", g(crate::upper::NAME)); }",
        "macro_rules! m { () => { $crate::upper::g() } }",
        "#[error(\"{}\", crate::upper::g())] struct Name;",
        "use super::upper::g;",
        "mod own { use super::super::upper::g; }",
        "mod own { fn f() { self::super::super::upper::g() } }",
    ] {
        let faults = lower_with(text);
        assert_eq!(faults.len(), 1, "{text}: {faults:?}");
        assert!(faults[0].starts_with("host/src/lower.rs:1: "), "{faults:?}");
    }
}

#[test]
fn what_is_only_built_for_tests_does_not_count() {
    for text in [
        "#[cfg(test)]\nmod tests { use crate::upper::g; }",
        "#[cfg(all(unix, test))]\nuse crate::upper::g;",
        "#[cfg(test)]\nfn f() { crate::upper::g() }",
        "#[cfg(test)]\nmod tests;",
        "mod marked;",
    ] {
        let files = [
            TWO,
            ("host/src/upper.rs", ""),
            ("host/src/lower.rs", text),
            ("host/src/lower/tests.rs", "use crate::upper::g;"),
            (
                "host/src/lower/marked.rs",
                "#![cfg(test)]\nuse crate::upper::g;",
            ),
        ];
        assert_eq!(layers("upper > lower", &files), [""; 0], "{text}");
    }
    for text in [
        "#[cfg(not(test))]\nuse crate::upper::g;",
        "#[cfg(any(test, unix))]\nuse crate::upper::g;",
    ] {
        assert_eq!(lower_with(text).len(), 1, "{text}");
    }
}

#[test]
fn what_is_no_use_does_not_count() {
    for text in [
        "pub(in crate::upper) fn f() {}",
        "//! See [`crate::upper::g`].\n// crate::upper::g\n",
        "fn f() { println!(\"crate::upper::g\"); }",
        "use upper::g;",
        "use ::upper::g;",
        "fn f() { upper::g() }",
        "m! { pub(in crate::upper) fn f() {} }",
    ] {
        assert_eq!(lower_with(text), [""; 0], "{text}");
    }
}

#[test]
fn siblings_do_not_use_each_other() {
    let files = [
        TWO,
        ("host/src/upper.rs", "use crate::lower::Name;"),
        ("host/src/lower.rs", ""),
    ];
    assert_eq!(
        layers("upper | lower", &files),
        ["host/src/upper.rs:1: upper uses crate::lower::Name, but lower is beside upper"]
    );
}

#[test]
fn what_the_root_re_exports_is_where_it_comes_from() {
    let root = "mod upper;\nmod lower;\npub use upper::Name as Other;\npub struct Own;\n";
    let files = |text| {
        [
            (LIB, root),
            ("host/src/upper.rs", ""),
            ("host/src/lower.rs", text),
        ]
    };
    assert_eq!(
        layers(
            "upper > lower",
            &files("use crate::Other;\nuse super::Own;\n")
        ),
        [
            "host/src/lower.rs:1: lower uses crate::Other, but upper is above lower",
            "host/src/lower.rs:2: lower uses crate::Own, \
             but the crate's root, which has it, is above lower",
        ]
    );
    assert_eq!(
        layers("lower > upper", &files("use crate::Other;")),
        [""; 0]
    );
}

#[test]
fn the_chart_has_every_module_and_no_other() {
    let files = [
        TWO,
        ("host/src/upper.rs", ""),
        ("host/src/lower/mod.rs", ""),
    ];
    assert_eq!(
        layers("upper", &files),
        ["host/src/lower/mod.rs:1: lower has no place in CONTRIBUTING.md, line 4"]
    );
    assert_eq!(
        layers("upper > lower > lowest", &files),
        ["CONTRIBUTING.md:4: host/src has no module lowest"]
    );
    assert_eq!(
        layers("upper > lower | upper", &files),
        ["CONTRIBUTING.md:4: upper is listed twice"]
    );
    assert_eq!(
        layers("upper > > lower", &files),
        ["CONTRIBUTING.md:4: not the name of a module: \"\""]
    );
}

#[test]
fn the_chart_has_every_package_of_the_host() {
    let files = [
        TWO,
        ("host/src/upper.rs", ""),
        ("host/src/lower.rs", ""),
        ("host/other/src/lib.rs", "mod one;"),
        ("host/other/src/one.rs", ""),
        ("host/small/src/lib.rs", ""),
    ];
    assert_eq!(
        layers("upper > lower", &files),
        ["host/other/src:1: the block ```layers of CONTRIBUTING.md has no line for these modules"]
    );
}

#[test]
fn a_chart_that_is_not_there_is_a_fault() {
    let root = plant("upper", &[]);
    assert_eq!(
        lines(&layer_faults(root.path())),
        ["host/src:1: neither lib.rs nor main.rs is here"]
    );
    fs::write(root.path().join("CONTRIBUTING.md"), "# Contributing\n").unwrap();
    assert_eq!(
        lines(&layer_faults(root.path())),
        ["CONTRIBUTING.md:1: there is no block ```layers"]
    );
}

#[test]
fn a_module_without_a_file_is_a_fault() {
    assert_eq!(
        layers("upper > lower", &[TWO, ("host/src/upper.rs", "")]),
        ["host/src/lib.rs:2: there is no file of the module lower"]
    );
}

#[test]
fn a_cycle_of_siblings_is_told_in_full() {
    let parent = "mod a;\nmod b;\nmod c;\nmod d;\n";
    let files = [
        ("host/src/folder/a.rs", "\nuse super::b::Name;"),
        ("host/src/folder/b.rs", "fn f() { crate::folder::c::g() }"),
        ("host/src/folder/c/mod.rs", "mod own;"),
        ("host/src/folder/c/own.rs", "use super::super::a::Own;"),
        ("host/src/folder/d.rs", "use super::a::Own;"),
    ];
    assert_eq!(
        cycles(parent, &files),
        ["host/src/folder/a.rs:2: a cycle: \
          folder::a uses folder::b (host/src/folder/a.rs:2), \
          folder::b uses folder::c (host/src/folder/b.rs:1), \
          folder::c uses folder::a (host/src/folder/c/own.rs:1)"]
    );
}

#[test]
fn a_name_by_way_of_the_parent_is_where_it_is_written() {
    // Only `a` uses `b`, though both ask their parent.
    let files = [
        ("host/src/folder/a.rs", "use super::Name;"),
        ("host/src/folder/b.rs", "pub struct Name;"),
    ];
    assert_eq!(
        cycles("mod a;\nmod b;\npub(crate) use b::Name;\n", &files),
        [""; 0]
    );
    let files = [files[0], ("host/src/folder/b.rs", "use super::a::Other;")];
    assert_eq!(
        cycles("mod a;\nmod b;\npub(crate) use b::Name;\n", &files).len(),
        1
    );
}

#[test]
fn a_parent_that_uses_its_child_is_not_used_by_it() {
    let files = [("host/src/folder/a.rs", "use super::Name;")];
    let own = "mod a;\npub struct Name;\n";
    assert_eq!(cycles(own, &files), [""; 0]);
    for used in [
        "use a::f;",
        "fn f() { a::g() }",
        "pub use a::Other;\nfn f(_: Other) {}",
        "pub use a::g;\nfn f() { g() }",
    ] {
        let parent = format!("{own}{used}\n");
        assert_eq!(cycles(&parent, &files).len(), 1, "{used}");
    }
}

#[test]
fn a_module_inside_of_a_file_belongs_to_it() {
    let files = [(
        "host/src/folder/a.rs",
        "use super::inner::Name;\nmod own { use super::f; }\n",
    )];
    assert_eq!(
        cycles("mod a;\nmod inner { pub struct Name; }\n", &files),
        [""; 0]
    );
    assert_eq!(
        cycles("mod a;\nmod inner { use super::a::f; }\n", &files).len(),
        1
    );
}

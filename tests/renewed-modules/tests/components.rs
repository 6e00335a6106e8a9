//! Components of other shapes than the linker's: what is refused, and why.

use wasm_host_renewed_modules::renewable;

/// The module with the state, its instance and its function; `{}` is what a test
/// adds before the function for the host.
const MAIN: &str = r#"
    (core module $main
        (table (export "table") 2 funcref) (elem (i32.const 0) $handle)
        (memory (export "memory") 1)
        (global (export "global") (mut i32) (i32.const 7))
        (func (export "_initialize"))
        (func $handle (export "handle") (result i32) (i32.const 1)))
    (core instance $main (instantiate $main))
    (alias core export $main "handle" (core func $handle))"#;

/// As the linker has `_initialize` called.
const START: &str = r#"
    (core module $start (import "" "" (func $f)) (start $f))
    (alias core export $main "_initialize" (core func $initialize))
    (core instance $start-arguments (export "" (func $initialize)))
    (core instance (instantiate $start (with "" (instance $start-arguments))))"#;

const LIFT: &str = r#"
    (func (export "handle") (result s32) (canon lift (core func $handle)))"#;

fn result(parts: &[&str]) -> Result<Vec<u8>, String> {
    let text = format!("(component {})", parts.join("\n"));
    renewable(&wat::parse_str(text).expect("a component's text"))
}

#[track_caller]
fn assert_refused(parts: &[&str], why: &str) {
    let obstacle = result(parts).expect_err("it can't be made renewable");
    assert!(obstacle.contains(why), "{obstacle}");
}

#[test]
fn the_linkers_own_shape_is_understood() {
    result(&[MAIN, START, LIFT]).unwrap();
}

/// A fresh instance's `_initialize` would find the table as it was before.
#[test]
fn tables_are_filled_before_anything_runs() {
    let fixup = r#"
        (core module $fixup
            (import "main" "table" (table 2 funcref))
            (func $f)
            (elem (i32.const 1) $f))
        (core instance (instantiate $fixup (with "main" (instance $main))))"#;
    result(&[MAIN, fixup, START, LIFT]).unwrap();
    assert_refused(
        &[MAIN, START, fixup, LIFT],
        "tables may be filled after `_initialize`",
    );
}

/// Its call would put everything back in the middle of the host's.
#[test]
fn only_the_host_calls_the_function() {
    let whole = r#"
        (core module $calls (import "main" "handle" (func (result i32))))
        (core instance (instantiate $calls (with "main" (instance $main))))"#;
    let bundle = r#"
        (core module $calls (import "main" "it" (func (result i32))))
        (core instance $bundle (export "it" (func $handle)))
        (core instance (instantiate $calls (with "main" (instance $bundle))))"#;
    for given in [whole, bundle] {
        assert_refused(
            &[MAIN, given, START, LIFT],
            "what the host calls is given to another module, where that only the host",
        );
    }
}

/// Whatever another module does to the main one's memory and globals is put back.
#[test]
fn another_module_may_change_what_is_put_back() {
    let writes = r#"
        (core module $writes
            (import "main" "memory" (memory 1))
            (import "main" "global" (global $global (mut i32)))
            (func (export "write")
                (i32.store (i32.const 0) (i32.const 1))
                (global.set $global (i32.const 1))))
        (core instance (instantiate $writes (with "main" (instance $main))))"#;
    result(&[MAIN, writes, START, LIFT]).unwrap();
}

#[test]
fn another_module_has_no_state() {
    for state in [
        "(memory 1)",
        "(global (mut i64) (i64.const 0))",
        "(memory 0)",
    ] {
        let other = format!("(core module $other {state}) (core instance (instantiate $other))");
        let obstacle = result(&[MAIN, &other, START, LIFT]).unwrap_err();
        let empty = obstacle.contains("begins with an empty one");
        assert!(empty || obstacle.contains("a second module of it has a memory, or"));
    }
    assert_refused(
        &[
            MAIN,
            r#"(core module $other (func $f) (start $f)) (core instance (instantiate $other))"#,
            START,
            LIFT,
        ],
        "has code that runs when an instance is made",
    );
}

#[test]
fn nothing_is_called_twice_at_the_start() {
    let again = START
        .replace("$start", "$again")
        .replace("$init", "$again-init");
    assert_refused(&[MAIN, START, &again, LIFT], "`_initialize`");
}

/// Modules and components from elsewhere, and outer aliases.
#[test]
fn nothing_comes_from_elsewhere() {
    for (part, why) in [
        (
            r#"(import "m" (core module))"#,
            "with core types in the component",
        ),
        (
            r#"(import "c" (component))"#,
            "an import that is a component",
        ),
        (
            r#"(core type (func))"#,
            "a section with core types in the component",
        ),
        (
            r#"(component $inner (type (resource (rep i32))))"#,
            "a resource type of its own",
        ),
        (
            r#"(component $inner (import "m" (core module)))"#,
            "with core types in a component within it",
        ),
        (
            r#"(type $r (resource (rep i32))) (core func (canon resource.new $r))"#,
            "a resource type of its own",
        ),
        (
            r#"(import "r" (type $r (sub resource))) (core func (canon resource.drop $r))
               (core func (canon context.get i32 0))"#,
            "uses a feature of WebAssembly that isn't understood here",
        ),
    ] {
        assert_refused(&[part, MAIN, START, LIFT], why);
    }
}

/// Of such a module and an adapter, a component is made for WASI 0.1.
#[test]
fn a_memory_from_elsewhere_is_refused() {
    assert_refused(
        &[
            r#"(core module $memory (memory (export "memory") 1))
               (core instance $memory (instantiate $memory))
               (core module $main
                    (import "memory" "memory" (memory 1))
                    (func (export "handle") (result i32) (i32.const 1)))
               (core instance $main (instantiate $main (with "memory" (instance $memory))))
               (alias core export $main "handle" (core func $handle))"#,
            LIFT,
        ],
        "a second module of it has a memory",
    );
}

/// A table or a memory of 64 bits, and one of references to the host's objects.
#[test]
fn other_features_are_named() {
    for (part, why) in [
        ("(memory i64 1)", "memory64"),
        ("(memory 1) (table i64 1 funcref)", "memory64"),
        ("(memory 1) (table 1 externref)", "gc"),
        ("(memory 1) (memory 1)", "multiple memories"),
        ("(memory 1) (tag)", "exceptions"),
        ("(memory 1) (type (struct))", "gc"),
    ] {
        let main = format!(
            r#"(core module $main {part} (func (export "handle") (result i32) (i32.const 1)))
               (core instance $main (instantiate $main))
               (alias core export $main "handle" (core func $handle))"#
        );
        assert_refused(
            &[&main, LIFT],
            "a feature of WebAssembly that isn't understood",
        );
        assert_refused(&[&main, LIFT], why);
    }
}

/// A result that the host reads from memory, when that has been put back.
#[test]
fn the_result_is_no_text() {
    let lift = r#"(alias core export $main "memory" (core memory $memory))
        (func (export "handle") (result string)
            (canon lift (core func $handle) (memory $memory)))"#;
    assert_refused(
        &[MAIN, START, lift],
        "returns nothing, or what lies in memory",
    );
}

/// What the world of handlers has.
#[test]
fn the_result_is_a_case_of_an_enum() {
    for result_type in [
        r#"(enum "keep-open" "close")"#,
        "(result)",
        "bool",
        "char",
        "u32",
    ] {
        let lift = format!(
            r#"(type $result {result_type}) (export $exported "result" (type $result))
               (func (export "handle") (result $exported) (canon lift (core func $handle)))"#
        );
        result(&[MAIN, START, &lift]).unwrap();
    }
}

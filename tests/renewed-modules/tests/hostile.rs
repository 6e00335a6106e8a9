//! Modules that are written to break the rewriting: each leaves behind what it can,
//! in the places where something might be forgotten.

use wasm_host_renewed_modules::{Outcome, check};

/// Called again and again, it is always as the first time, and it did change
/// something.
#[track_caller]
fn assert_renewed(module: &str) {
    let module = wat::parse_str(module).expect("a module's text");
    assert_eq!(check(&module), Outcome::Renewed { changes: true });
}

#[track_caller]
fn assert_refused(module: &str, why: &str) {
    let module = wat::parse_str(module).expect("a module's text");
    match check(&module) {
        Outcome::Refused(obstacle) => assert!(obstacle.contains(why), "{obstacle}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn all_of_memory_is_overwritten() {
    assert_renewed(
        r#"(module
            (memory (export "memory") 2)
            (data (i32.const 7) "some") (data (i32.const 131068) "last")
            (func (export "handle") (result i32)
                (i32.load (i32.const 7))
                (memory.fill (i32.const 0) (i32.const 255) (i32.const 131072))))"#,
    );
}

/// The later segment is what a fresh memory has.
#[test]
fn segments_overlap() {
    assert_renewed(
        r#"(module
            (memory (export "memory") 1)
            (data (i32.const 10) "aaaaaaaa") (data (i32.const 8) "bbbb")
            (data (i32.const 0) "") (data (i32.const 65536) "")
            (data (i32.const 12) "cccccccccccccc") (data (i32.const 14) "d")
            (func (export "handle") (result i32)
                (i32.load (i32.const 12))
                (memory.copy (i32.const 8) (i32.const 14) (i32.const 9))
                (i32.store8 (i32.const 65535) (i32.const 1))))"#,
    );
}

/// The rewriting adds such segments itself: the module's own keep their numbers.
#[test]
fn passive_segments_are_copied() {
    assert_renewed(
        r#"(module
            (memory (export "memory") 1)
            (data (i32.const 3) "active") (data $own "passive") (data (i32.const 30) "more")
            (func (export "handle") (result i32)
                (memory.init $own (i32.const 1) (i32.const 0) (i32.const 7))
                (i32.load (i32.const 3))
                (memory.copy (i32.const 60000) (i32.const 0) (i32.const 5000))))"#,
    );
}

/// What was copied at the start can't be copied again: that traps every time.
#[test]
fn an_active_segment_is_empty_later() {
    let module = r#"(module
        (memory (export "memory") 1)
        (data $own (i32.const 3) "active")
        (func (export "handle") (result i32)
            (memory.init $own (i32.const 1) (i32.const 0) (i32.const 1))
            (i32.const 1)))"#;
    let module = wat::parse_str(module).unwrap();
    assert_eq!(check(&module), Outcome::Trapped);
}

#[test]
fn globals_are_of_every_kind() {
    assert_renewed(
        r#"(module
            (memory (export "memory") 1)
            (global i32 (i32.const -1))
            (global $a (mut i32) (i32.const -2147483648))
            (global $b (mut i64) (i64.const 9223372036854775807))
            (global $c (mut f32) (f32.const nan:0x200001))
            (global $d (mut f64) (f64.const -0))
            (global $e (mut v128) (v128.const i64x2 -1 77))
            (global $f (mut i32)
                (i32.mul (i32.add (i32.const 3) (i32.const 4)) (i32.const 5)))
            (func (export "handle") (result i32)
                (global.get $f)
                (i32.add (global.get $a))
                (global.set $a (i32.const 5))
                (global.set $b (i64.const 5))
                (global.set $c (f32.const 5))
                (global.set $d (f64.const 5))
                (global.set $e (v128.not (global.get $e)))
                (global.set $f (i32.const 5))))"#,
    );
}

/// It would be the global that the rewriting adds, and the function.
#[test]
fn what_is_added_can_not_be_named() {
    let module = r#"(module
        (memory (export "memory") 1)
        (global $last (mut i32) (i32.const 0))
        (func (export "handle") (result i32) (global.get 0)))"#;
    let module = wat::parse_str(module).unwrap();
    let get = [0x23, 0];
    let at = module.windows(2).rposition(|bytes| bytes == get).unwrap();
    let mut names_it = module.clone();
    names_it[at + 1] = 1;
    let obstacle = wasm_host_renewed_modules::renewed(&names_it).unwrap_err();
    assert!(
        obstacle.contains("isn't valid: unknown global"),
        "{obstacle}"
    );
    let call = [0x10, 1];
    names_it[at..at + 2].copy_from_slice(&call);
    let obstacle = wasm_host_renewed_modules::renewed(&names_it).unwrap_err();
    assert!(
        obstacle.contains("isn't valid: unknown function"),
        "{obstacle}"
    );
}

/// It calls itself by a table, by its export's function, and in a tail call.
#[test]
fn the_function_calls_itself() {
    assert_renewed(
        r#"(module
            (memory (export "memory") 1)
            (table 2 funcref) (elem (i32.const 1) $handle) (elem declare func $handle)
            (type $handle (func (result i32)))
            (global $depth (mut i32) (i32.const 0))
            (func $handle (export "handle") (result i32)
                (i32.store (i32.mul (global.get $depth) (i32.const 4)) (i32.const 9))
                (global.set $depth (i32.add (global.get $depth) (i32.const 1)))
                (if (i32.eq (global.get $depth) (i32.const 1))
                    (then (return_call_indirect (type $handle) (i32.const 1))))
                (if (i32.eq (global.get $depth) (i32.const 2))
                    (then (drop (call_indirect (type $handle) (i32.const 1)))))
                (if (i32.eq (global.get $depth) (i32.const 3))
                    (then (return_call $handle)))
                (global.get $depth)))"#,
    );
}

/// Constructors run again for each call, on what is there without them.
#[test]
fn constructors_count_themselves() {
    assert_renewed(
        r#"(module
            (memory (export "memory") 1) (data (i32.const 4) "\05")
            (global $runs (mut i32) (i32.const 40))
            (func (export "_initialize")
                (global.set $runs (i32.add (global.get $runs) (i32.const 1)))
                (i32.store8 (i32.const 4)
                    (i32.add (i32.load8_u (i32.const 4)) (global.get $runs))))
            (func (export "handle") (result i32)
                (i32.load8_u (i32.const 4))
                (i32.store8 (i32.const 4) (i32.const 0))
                (global.set $runs (i32.const 0))))"#,
    );
}

#[test]
fn it_traps_half_way() {
    let module = r#"(module
        (memory (export "memory") 1)
        (global $calls (mut i32) (i32.const 0))
        (func (export "handle") (result i32)
            (global.set $calls (i32.const 1))
            (i32.store (i32.const 0) (i32.const 1))
            (i32.load (i32.const 65536))))"#;
    let module = wat::parse_str(module).unwrap();
    assert_eq!(check(&module), Outcome::Trapped);
}

/// By a page, or by as much as the limit lets it. An attempt that fails changes
/// nothing.
#[test]
fn memory_grows() {
    let growing = |pages: u32| {
        let module = format!(
            r#"(module
                (memory (export "memory") 1 3)
                (func (export "handle") (result i32)
                    (i32.store (i32.const 0) (i32.const 1))
                    (memory.grow (i32.const {pages}))))"#
        );
        check(&wat::parse_str(module).unwrap())
    };
    assert_eq!(growing(1), Outcome::Grown);
    assert_eq!(growing(2), Outcome::Grown);
    for none in [0, 3, 70_000] {
        assert_eq!(growing(none), Outcome::Renewed { changes: true });
    }
}

#[test]
fn a_start_function_writes() {
    assert_refused(
        r#"(module
            (memory (export "memory") 1)
            (start $start)
            (func $start (i32.store (i32.const 0) (i32.const 1)))
            (func (export "handle") (result i32) (i32.load (i32.const 0))))"#,
        "has a start function",
    );
}

/// A fresh table has `first` there, and one that was used has `second`.
#[test]
fn a_table_is_changed() {
    assert_refused(
        r#"(module
            (memory (export "memory") 1)
            (table 1 funcref) (elem (i32.const 0) $first) (elem $later func $second)
            (func $first (result i32) (i32.const 1))
            (func $second (result i32) (i32.const 2))
            (func (export "handle") (result i32)
                (call_indirect (result i32) (i32.const 0))
                (table.init $later (i32.const 0) (i32.const 0) (i32.const 1))))"#,
        "`table.init`, which changes a table",
    );
}

#[test]
fn a_segment_is_dropped() {
    assert_refused(
        r#"(module
            (memory (export "memory") 1)
            (data $own "once")
            (func (export "handle") (result i32)
                (memory.init $own (i32.const 0) (i32.const 0) (i32.const 4))
                (data.drop $own)
                (i32.const 1)))"#,
        "`data.drop`, which",
    );
}

#[test]
fn a_reference_is_kept() {
    assert_refused(
        r#"(module
            (memory (export "memory") 1)
            (global $kept (mut funcref) (ref.null func))
            (func $handle (export "handle") (result i32) (i32.const 1)))"#,
        "a global with a reference",
    );
}

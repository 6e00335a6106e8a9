//! Code that isn't taken: the deploy fails, and says why.

use super::code::{deploy, previews};
use crate::support::guests;
use crate::support::previews::Previews;
use crate::support::wasm::COMPONENT;
use std::fs;

#[track_caller]
fn refused(previews: &Previews, component: &[u8], args: &[&str]) -> String {
    let site = previews.site("site", &[("index.html", "new")]);
    fs::write(site.join("handler.wasm"), component).expect("a file");
    let command = [
        &["deploy", site.to_str().expect("text"), "--alias", "site"],
        args,
    ];
    previews.fail(command.concat())
}

#[test]
fn without_being_asked_no_code_is_run() {
    let previews = Previews::start();
    let component = fs::read(guests::component("raw_handler")).expect("it is built");
    let said = refused(&previews, &component, &[]);
    assert!(said.contains("handler.wasm"), "{said}");
    assert!(said.contains("start the server with --code"), "{said}");
}

/// And what was there before stays.
#[test]
fn what_can_not_be_served_fails_the_deploy() {
    let previews = previews(&["--compile-time", "4", "--compile-memory", "192"]);
    deploy(&previews, "site", &guests::component("raw_handler"));
    let other_world = COMPONENT.to_vec();
    let nested = crate::deep::nested_component_types(5_000);
    for (component, args, said) in [
        (&b"#!/bin/sh\n"[..], &[][..], "not a component"),
        (b"\0asm\x01\0\0\0", &[], "module"),
        (b"\0asm\x0d\0\x01\0\x0a\x06\x01", &[], "handler.wasm"),
        (&other_world, &[], "not a handler"),
        (&nested, &[], "nested"),
    ] {
        let why = refused(&previews, component, args);
        assert!(why.contains(said), "{said}: {why}");
        assert!(why.contains("handler.wasm"), "{why}");
        assert!(
            !why.contains("/store/"),
            "it shows the server's folders: {why}"
        );
    }
    let component = fs::read(guests::component("raw_handler")).expect("it is built");
    let why = refused(&previews, &component, &["--password=x"]);
    assert!(why.contains("can't have a password"), "{why}");
    let machine_code = previews.path("code.cwasm");
    let (from, to) = (guests::component("raw_handler"), machine_code.as_os_str());
    previews.succeed(["compile".as_ref(), from.as_os_str(), "-o".as_ref(), to]);
    let why = refused(
        &previews,
        &fs::read(&machine_code).expect("it is there"),
        &[],
    );
    assert!(
        why.contains("machine code") || why.contains("compiled"),
        "{why}"
    );
    assert_eq!(previews.get("site", "/ok").text(), "ok\n");
}

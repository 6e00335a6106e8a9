//! Components whose types or components are nested so deep that reading them by
//! recursion would take all of the stack, and with it the process.

use crate::support::command_line::{fails_to_start, run, stderr};
use crate::support::guests;
use crate::support::preview_1::printing_module;
use crate::support::scripts::Scripts;
use crate::support::server::Server;
use crate::support::tree::Tree;
use crate::support::wasm::{COMPONENT, MODULE, number, section};
use rustix::process::Signal;
use std::fs;
use std::path::Path;

const CUSTOM_SECTION: u8 = 0;
const COMPONENT_SECTION: u8 = 4;
const TYPE_SECTION: u8 = 7;

/// What is said of them all.
const TOO_DEEP: &str = "nested more than 100 levels deep";

/// A component with a type for an instance within another, and so on.
fn nested_types(levels: usize) -> Vec<u8> {
    let mut types = vec![1];
    types.extend([0x42, 1, 1].repeat(levels));
    types.extend([0x42, 0]);
    [COMPONENT, &section(TYPE_SECTION, &types)].concat()
}

/// The same, of types for components: another way through every reader.
pub(crate) fn nested_component_types(levels: usize) -> Vec<u8> {
    let mut types = vec![1];
    types.extend([0x41, 1, 1].repeat(levels));
    types.extend([0x41, 0]);
    [COMPONENT, &section(TYPE_SECTION, &types)].concat()
}

/// Types beside each other, of which each has the one before in it.
fn chained_types(levels: usize) -> Vec<u8> {
    let mut types = number(levels + 1);
    types.extend([0x42, 0]);
    for before in 0..levels {
        // An outer alias of that one, and an export of its type.
        types.extend([0x42, 2, 2, 3, 2, 1]);
        types.extend(number(before));
        types.extend([4, 0, 1, b'a', 5, 0]);
    }
    [COMPONENT, &section(TYPE_SECTION, &types)].concat()
}

/// A component in a component, and so on.
fn nested_components(levels: usize) -> Vec<u8> {
    let mut component = COMPONENT.to_vec();
    for _ in 0..levels {
        component = [COMPONENT, &section(COMPONENT_SECTION, &component)].concat();
    }
    component
}

/// A module that says what its component is to be like, with such types.
fn module_of_nested_types(levels: usize) -> Vec<u8> {
    let name = "component-type:evil";
    let mut custom = number(name.len());
    custom.extend(name.as_bytes());
    custom.extend(nested_types(levels));
    let module = printing_module("unread");
    [&module[..], &section(CUSTOM_SECTION, &custom)].concat()
}

/// Each with a part of what is said of it.
fn attacks() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    vec![
        ("types-few", nested_types(2_000), TOO_DEEP),
        ("types-many", nested_types(100_000), TOO_DEEP),
        ("types-just", nested_types(250), TOO_DEEP),
        ("component-types", nested_component_types(2_000), TOO_DEEP),
        ("components", nested_components(5_000), TOO_DEEP),
        (
            "chain",
            chained_types(2_000),
            "types that refer to each other",
        ),
        (
            "short-chain",
            chained_types(200),
            "types that refer to each other",
        ),
    ]
}

fn on_command_line(command: &str, file: &Path) -> String {
    let output = run([command.as_ref(), file.as_os_str()]);
    let message = stderr(&output);
    assert_eq!(
        output.status.code(),
        Some(1),
        "{command} {file:?}: {message}"
    );
    assert_eq!(message.trim_end().lines().count(), 1, "{message}");
    message
}

#[test]
fn the_command_line_says_what_is_wrong() {
    let tree = Tree::empty();
    for (name, component, says) in attacks() {
        let file = tree.path(format!("{name}.wasm"));
        fs::write(&file, component).unwrap();
        for command in ["inspect", "compile"] {
            let message = on_command_line(command, &file);
            let exports_nothing = message.contains("it exports nothing");
            assert!(
                message.contains(says) || exports_nothing,
                "{name}: {message}"
            );
        }
        let message = fails_to_start(&["--component", file.to_str().unwrap(), "0"]);
        assert!(!message.contains("panicked"), "{name}: {message}");
    }
}

#[test]
fn the_component_that_is_served_goes_on() {
    let tree = Tree::simple();
    let file = tree.outside("handler.wasm");
    fs::copy(guests::component("raw_handler"), &file).unwrap();
    let server = Server::builder()
        .directory(&tree)
        .args(["--component".as_ref(), file.as_os_str()])
        .start();
    let mut bystander = server.connect();
    assert_eq!(bystander.get("/ok").status, server.get("/ok").status);
    for (number, (name, component, _)) in attacks().into_iter().enumerate() {
        let new = file.with_extension("new");
        fs::write(&new, component).unwrap();
        fs::rename(new, &file).unwrap();
        server.signal(Signal::HUP);
        let refused = |line: &String| line.contains("component not reloaded");
        crate::support::eventually(&format!("{name} is refused"), || {
            server
                .log_lines()
                .iter()
                .filter(|line| refused(line))
                .count()
                > number
        });
        assert_eq!(bystander.get("/ok").status, server.get("/ok").status);
    }
    let panicked = |line: &String| line.contains("panicked");
    assert!(!server.log_lines().iter().any(panicked));
}

#[test]
fn a_script_is_502() {
    let scripts = Scripts::new();
    let mut attacks = attacks();
    attacks.push(("module", module_of_nested_types(2_000), TOO_DEEP));
    for (name, component, _) in &attacks {
        scripts.file(format!("cgi-bin/{name}.wasm"), component);
    }
    let server = scripts.serve();
    let mut bystander = server.connect();
    for (name, _, says) in attacks {
        let target = format!("/cgi-bin/{name}.wasm");
        assert_eq!(server.get(&target).status, 502, "{name}");
        server.wait_for_log(|line| line.contains(name) && line.contains(says));
        assert_eq!(bystander.get("/hello.txt").text(), "hello, world\n");
    }
    scripts.expect_nothing_left(&server);
}

/// It is neither read nor kept in memory.
#[test]
fn a_file_that_is_larger_than_memory_is_refused_before_it_is_read() {
    let scripts = Scripts::new();
    scripts.file("cgi-bin/sparse.wasm", MODULE);
    let sparse = scripts.path("cgi-bin/sparse.wasm");
    let file = fs::File::options().write(true).open(&sparse).unwrap();
    file.set_len(64 * 1024 * 1024 * 1024).unwrap();
    let server = scripts.serve();
    server.forget_peak();
    let before = server.peak_kib();
    assert_eq!(server.get("/cgi-bin/sparse.wasm").status, 502);
    server.wait_for_log(|line| line.contains("has more than 64 MiB"));
    let kibibytes = server.peak_kib() - before;
    assert!(kibibytes < 32 * 1024, "{kibibytes} KiB");
    for command in ["inspect", "compile"] {
        let message = on_command_line(command, &sparse);
        assert!(message.contains("more than 512 MiB"), "{message}");
    }
}

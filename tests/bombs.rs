//! Components that are made to take all time and memory of whoever compiles them: at the
//! start, in the place of one that is served, as scripts, and on the command line.

use crate::support::command_line::{fails_to_start, run, stderr};
use crate::support::eventually;
use crate::support::guests;
use crate::support::scripts::{Scripts, foreman_of, workers_of};
use crate::support::stage::Stage;
use crate::support::tree::Tree;
use crate::support::wasm::{COMPONENT, MODULE, number, section};
use crate::swap::replace;
use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::path::{Path, PathBuf};

/// What makes a component one that is served: an export of this name.
const INTERFACE: &[u8] = b"wasm-host:http/connection-handler@0.1.0";

/// Little enough for each bomb to meet one of them soon, and enough for a component.
const LIMITS: &[&str] = &["--compile-time=4", "--compile-memory=192"];

/// How much more memory the server itself may take meanwhile, in KiB.
const MORE: u64 = 64 * 1024;

/// A bomb, its limits, and a part of what is said of it.
type Bomb = (&'static str, Vec<u8>, [&'static str; 2], &'static str);

/// A module of these functions, without parameters and results.
fn module(functions: &[Vec<u8>]) -> Vec<u8> {
    let count = number(functions.len());
    let mut code = count.clone();
    for function in functions {
        code.extend(number(function.len()));
        code.extend(function);
    }
    [
        MODULE,
        &section(1, &[1, 0x60, 0, 0]),
        &section(3, &[count, vec![0; functions.len()]].concat()),
        &section(10, &code),
    ]
    .concat()
}

/// A component with something in it, and an instance that is exported.
fn served(inside: &[u8], instances: &[u8], exported: u8) -> Vec<u8> {
    let name = [&number(INTERFACE.len()), INTERFACE].concat();
    let export = [&[1, 0], &name[..], &[5, exported, 0]].concat();
    [
        COMPONENT,
        inside,
        &section(5, instances),
        &section(11, &export),
    ]
    .concat()
}

fn of_module(module: &[u8]) -> Vec<u8> {
    served(&section(1, module), &[1, 1, 0], 0)
}

/// A function with a loop that begins anew in many places, with many variables: work for
/// each variable in each place.
fn loops(variables: usize, places: usize) -> Vec<u8> {
    let mut code = [&[1][..], &number(variables), &[0x7f, 0x03, 0x40]].concat();
    for place in 0..places {
        let variable = number(place % variables);
        code.push(0x20);
        code.extend(&variable);
        code.extend([0x41, 1, 0x6a, 0x22]);
        code.extend(&variable);
        code.extend([0x0d, 0]);
    }
    code.extend([0x0b, 0x0b]);
    of_module(&module(&[code]))
}

fn functions(count: usize) -> Vec<u8> {
    of_module(&module(&vec![vec![0, 0x0b]; count]))
}

/// A function of so many bytes, and some.
fn large_function(length: usize) -> Vec<u8> {
    let mut code = vec![0];
    code.resize(length, 0x01);
    code.push(0x0b);
    of_module(&module(&[code]))
}

/// A component with two instances of one that has two instances of one that ...
fn doubled(levels: usize) -> Vec<u8> {
    let module = section(1, &module(&[vec![0, 0x0b]]));
    let mut component = [COMPONENT, &module, &section(2, &[1, 0, 0, 0])].concat();
    for _ in 0..levels {
        let twice = section(5, &[2, 0, 0, 0, 0, 0, 0]);
        component = [COMPONENT, &section(4, &component), &twice].concat();
    }
    // An instance of that, and an empty one.
    served(&section(4, &component), &[2, 0, 0, 0, 1, 0], 1)
}

fn bombs() -> Vec<Bomb> {
    let little_time = ["--compile-time=1", "--compile-memory=4096"];
    let little_memory = ["--compile-time=60", "--compile-memory=128"];
    let time = "more than 1s of computing to compile";
    let memory = "more than 128 MiB of memory to compile";
    vec![
        ("loops", loops(1_000, 10_000), little_time, time),
        ("doubled", doubled(30), little_memory, memory),
        ("functions", functions(300_000), little_memory, memory),
        (
            "large",
            large_function(8_000_000),
            little_memory,
            "function body size",
        ),
    ]
}

fn write(tree: &Tree, name: &str, component: &[u8]) -> PathBuf {
    let file = tree.outside(format!("{name}.wasm"));
    fs::write(&file, component).unwrap();
    file
}

#[test]
fn a_start_ends_with_a_line_that_says_what_was_too_much() {
    let tree = Tree::empty();
    for (name, bomb, limits, says) in bombs() {
        let file = write(&tree, name, &bomb);
        let file = file.to_str().unwrap();
        let [time, memory] = limits;
        let message = fails_to_start(&["--component", file, time, memory, "0"]);
        assert!(message.contains(says), "{name}: {message}");
    }
}

#[test]
fn the_command_line_ends_with_such_a_line() {
    let tree = Tree::empty();
    for (name, bomb, limits, says) in bombs() {
        let file = write(&tree, name, &bomb);
        for command in ["compile", "inspect"] {
            let [time, memory] = limits;
            let output = run([command, file.to_str().unwrap(), time, memory]);
            let message = stderr(&output);
            // Nothing is compiled to look into it.
            let is_read = command == "inspect" && output.status.success();
            assert!(is_read || message.contains(says), "{name}: {message}");
            assert!(is_read || message.lines().count() == 1, "{message}");
        }
        assert!(!file.with_extension("cwasm").exists(), "{name}");
    }
}

/// A server of a component that can be replaced, with a bystander.
fn stage(args: &[&str]) -> (Stage, Tree, PathBuf) {
    let tree = Tree::empty();
    let file = tree.outside("handler.wasm");
    fs::copy(guests::component("hostile_handler"), &file).unwrap();
    let stage = Stage::of(&file, args);
    (stage, tree, file)
}

#[test]
fn who_is_served_goes_on_while_a_bomb_is_compiled_in_the_components_place() {
    let (mut stage, _tree, file) = stage(LIMITS);
    stage.server.forget_peak();
    let before = stage.server.peak_kib();
    for (number, (name, bomb, ..)) in bombs().into_iter().enumerate() {
        replace(&file, &bomb);
        stage.server.signal(Signal::HUP);
        let refused = |line: &String| line.contains("component not reloaded");
        eventually(&format!("{name} is refused"), || {
            stage.others_are_served();
            let lines = stage.server.log_lines();
            lines.iter().filter(|line| refused(line)).count() > number
        });
    }
    let grown = stage.server.peak_kib() - before;
    assert!(grown < MORE, "{grown} KiB");
    fs::copy(guests::component("hostile_handler"), &file).unwrap();
    stage.server.signal(Signal::HUP);
    stage.wait_for_log(&["component reloaded"]);
    stage.others_are_served();
    assert_eq!(workers_of(&stage.server), [0; 0]);
}

#[test]
fn a_script_that_is_a_bomb_is_502_while_others_are_served() {
    let scripts = Scripts::new();
    for (name, bomb, ..) in bombs() {
        scripts.file(format!("cgi-bin/{name}.wasm"), bomb);
    }
    let server = scripts.serve_with(LIMITS);
    let mut bystander = server.connect();
    let mut clients = Vec::new();
    for (name, ..) in bombs() {
        let mut client = server.connect();
        client.send(format!(
            "GET /cgi-bin/{name}.wasm HTTP/1.1\r\nHost: test\r\n\r\n"
        ));
        clients.push((name, client));
        assert_eq!(bystander.get("/hello.txt").text(), "hello, world\n");
    }
    for (name, client) in &mut clients {
        assert_eq!(client.response().status, 502, "{name}");
        assert_eq!(bystander.get("/hello.txt").text(), "hello, world\n");
    }
    for name in ["loops", "doubled", "functions"] {
        let script = format!("script cgi-bin/{name}.wasm: it takes more than ");
        server.wait_for_log(|line| line.contains(&script) && line.contains("(--compile-"));
    }
    scripts.expect_nothing_left(&server);
}

/// What the kernel says of a process.
fn kernel_says(id: u32, file: &str) -> String {
    fs::read_to_string(Path::new("/proc").join(id.to_string()).join(file)).unwrap_or_default()
}

fn kill(id: u32) {
    let id = Pid::from_raw(id.cast_signed()).unwrap();
    kill_process(id, Signal::KILL).unwrap();
}

/// A bomb, and a worker that has begun with it.
fn compiling(stage: &Stage, file: &Path) -> u32 {
    replace(file, &loops(1_000, 10_000));
    stage.server.signal(Signal::HUP);
    let mut worker = None;
    eventually("a worker is locked down, and works", || {
        worker = workers_of(&stage.server).first().copied();
        worker.is_some_and(|worker| {
            kernel_says(worker, "status").contains("Seccomp:\t2")
                && kernel_says(worker, "limits").contains("Max open files            3 ")
        })
    });
    worker.unwrap()
}

/// Whoever gets hold of a compiler by a fault of its has nothing but its time.
#[test]
fn who_compiles_can_do_nothing_else() {
    let (mut stage, _tree, file) = stage(&["--compile-time=60", "--compile-memory=1000"]);
    let worker = compiling(&stage, &file);
    let status = kernel_says(worker, "status");
    for line in ["NoNewPrivs:\t1", "Seccomp:\t2"] {
        assert!(status.contains(line), "{line}: {status}");
    }
    let limits = kernel_says(worker, "limits");
    for (name, limit) in [
        ("Max cpu time", 60),
        ("Max data size", 1000 * 1024 * 1024),
        ("Max file size", 512 * 1024 * 1024),
        ("Max core file size", 0),
        ("Max open files", 3),
    ] {
        let line = limits.lines().find(|line| line.starts_with(name)).unwrap();
        let soft = line[name.len()..].split_whitespace().next().unwrap();
        assert_eq!(soft, limit.to_string(), "{line}");
    }
    assert_eq!(kernel_says(worker, "environ"), "");
    assert_eq!(kernel_says(worker, "oom_score_adj").trim(), "1000");
    stage.others_are_served();
    kill(worker);
    stage.wait_for_log(&["component not reloaded", "the compiler has failed"]);
    stage.others_are_served();
}

#[test]
fn nobody_compiles_for_a_server_that_is_gone() {
    let (mut stage, _tree, file) = stage(&["--compile-time=60", "--compile-memory=4096"]);
    let worker = compiling(&stage, &file);
    let foreman = foreman_of(&stage.server).unwrap();
    stage.server.signal(Signal::KILL);
    stage.server.wait();
    for process in [worker, foreman] {
        eventually("it has ended", || {
            let status = kernel_says(process, "status");
            status.is_empty() || status.contains("State:\tZ")
        });
    }
}

/// Scripts of the server's own user can do that, for instance.
#[test]
fn a_server_whose_foreman_was_killed_goes_on_and_says_so() {
    let (mut stage, _tree, file) = stage(&[]);
    kill(foreman_of(&stage.server).unwrap());
    replace(&file, &loops(10, 10));
    stage.server.signal(Signal::HUP);
    stage.wait_for_log(&["component not reloaded", "is gone; start the server anew"]);
    stage.others_are_served();
}

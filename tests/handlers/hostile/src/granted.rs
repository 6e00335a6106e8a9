//! What was granted by name, and attempts to go beyond it: by the calls of
//! `wasi:filesystem` themselves, as a standard library would tidy up paths.

use std::fmt::{Debug, Write as _};
use wasm_host_sdk::bindings::wasi::filesystem::preopens::get_directories;
use wasm_host_sdk::bindings::wasi::filesystem::types::{
    Descriptor, DescriptorFlags, ErrorCode, NewTimestamp, OpenFlags, PathFlags,
};
use wasm_host_sdk::bindings::wasm_host::http::files;

/// Paths out of [`Tree::hostile`](../../../support/tree.rs), which is granted.
const OUT: &[&str] = &[
    "..",
    "../outside/secret.txt",
    "dir/../../outside/secret.txt",
    "/etc/passwd",
    "//etc/passwd",
    "/",
    "link-out",
    "link-out-dir/secret.txt",
    "link-out-dir",
    "link-out-absolute",
    "link-out-chain",
    "link-root/etc/passwd",
    "dir/link-up/../../outside/secret.txt",
    // A slash at the end has a link followed that wouldn't be (path_resolution(7)).
    "../",
    "./../",
    "dir/..//../",
    "link-out-dir/",
    "link-out-dir//",
    "link-out-dir/.",
    "link-out-absolute/",
    "link-out-chain/",
    "link-root/",
];

/// All that this handler has: variables, arguments, directories.
pub(crate) fn all() -> String {
    let mut report = String::new();
    for (name, value) in std::env::vars() {
        line(&mut report, &format!("variable {name}={value}"));
    }
    for argument in std::env::args() {
        line(&mut report, &format!("argument {argument}"));
    }
    for (_, name) in get_directories() {
        line(&mut report, &format!("directory {name}"));
    }
    report
}

fn line(report: &mut String, text: &str) {
    report.push_str(text);
    report.push('\n');
}

fn note<T>(report: &mut String, attempt: &str, result: Result<T, impl Debug>) {
    // Writing to a String can't fail.
    let _ = match result {
        Ok(_) => writeln!(report, "{attempt}: done"),
        Err(error) => writeln!(report, "{attempt}: refused, {error:?}"),
    };
}

fn directory(name: &str) -> Descriptor {
    let found = get_directories()
        .into_iter()
        .find(|(_, guest)| guest == name);
    found.expect("it was granted").0
}

fn open(at: &Descriptor, path: &str, how: OpenFlags, mode: DescriptorFlags) -> Opened {
    at.open_at(PathFlags::SYMLINK_FOLLOW, path, how, mode)
}

type Opened = Result<Descriptor, ErrorCode>;

/// To leave a directory, for reading and for writing.
pub(crate) fn leave(name: &str) -> String {
    let at = directory(name);
    let mut report = String::new();
    let (read, write) = (DescriptorFlags::READ, DescriptorFlags::WRITE);
    note(
        &mut report,
        "read hello.txt",
        open(&at, "hello.txt", OpenFlags::empty(), read),
    );
    for path in OUT {
        let follow = PathFlags::SYMLINK_FOLLOW;
        let mut try_to = |what: &str, result: Result<(), ErrorCode>| {
            note(&mut report, &format!("{what} {path}"), result);
        };
        try_to("read", open(&at, path, OpenFlags::empty(), read).map(drop));
        try_to(
            "write",
            open(&at, path, OpenFlags::empty(), write).map(drop),
        );
        try_to(
            "truncate",
            open(&at, path, OpenFlags::TRUNCATE, write).map(drop),
        );
        try_to("stat", at.stat_at(follow, path).map(drop));
        let not_followed = PathFlags::empty();
        let opened = at.open_at(not_followed, path, OpenFlags::empty(), read);
        try_to("read unfollowed", opened.map(drop));
        let opened = at.open_at(not_followed, path, OpenFlags::DIRECTORY, read);
        try_to("list unfollowed", opened.map(drop));
        try_to("by files", files::open(&at, path.as_bytes()).map(drop));
        let below = format!("{path}/new");
        try_to(
            "create below",
            open(&at, &below, OpenFlags::CREATE, write).map(drop),
        );
        try_to("make below", at.create_directory_at(&below));
        try_to("rename below", at.rename_at("canary.txt", &at, &below));
        try_to(
            "link below",
            at.link_at(PathFlags::empty(), "canary.txt", &at, &below),
        );
        let now = NewTimestamp::Now;
        try_to("set times of", at.set_times_at(follow, path, now, now));
    }
    note(
        &mut report,
        "absolute symlink",
        at.symlink_at("/etc/passwd", "mine"),
    );
    // A link may say what it likes; to follow it is another matter.
    let _ = at.symlink_at("../outside/secret.txt", "mine");
    note(
        &mut report,
        "own link",
        open(&at, "mine", OpenFlags::empty(), read),
    );
    note(&mut report, "own link by files", files::open(&at, b"mine"));
    report
}

/// To change what is in a directory, by every call that could.
pub(crate) fn change(name: &str) -> String {
    let at = directory(name);
    let now = NewTimestamp::Now;
    let empty = OpenFlags::empty();
    let (read, write) = (DescriptorFlags::READ, DescriptorFlags::WRITE);
    let mut report = String::new();
    let mut try_to = |what: &str, result: Result<(), ErrorCode>| {
        note(&mut report, what, result);
    };
    try_to(
        "create",
        open(&at, "new.txt", OpenFlags::CREATE, write).map(drop),
    );
    try_to(
        "create anew",
        open(
            &at,
            "newer.txt",
            OpenFlags::CREATE | OpenFlags::EXCLUSIVE,
            write,
        )
        .map(drop),
    );
    try_to(
        "truncate",
        open(&at, "1k.bin", OpenFlags::TRUNCATE, write).map(drop),
    );
    try_to("open to write", open(&at, "1k.bin", empty, write).map(drop));
    let hello = open(&at, "hello.txt", empty, read | write)
        .or_else(|_| open(&at, "hello.txt", empty, read))
        .expect("it can be read");
    try_to("write", hello.write(b"HELLO", 0).map(drop));
    try_to("write by stream", hello.write_via_stream(0).map(drop));
    try_to("append by stream", hello.append_via_stream().map(drop));
    try_to("set size", hello.set_size(3));
    try_to("set times", hello.set_times(now, now));
    try_to(
        "set times at",
        at.set_times_at(PathFlags::empty(), "empty.txt", now, now),
    );
    let (found, ..) = files::open(&at, b"canary.txt").expect("it can be read");
    try_to("write by files", found.write(b"CANARY", 0).map(drop));
    let (deeper, ..) = files::open(&at, b"dir").expect("it can be read");
    try_to(
        "create below",
        open(&deeper, "new.txt", OpenFlags::CREATE, write).map(drop),
    );
    try_to("symlink", at.symlink_at("hello.txt", "new-symlink"));
    try_to(
        "link",
        at.link_at(PathFlags::empty(), "hello.txt", &at, "new-link"),
    );
    try_to("make directory", at.create_directory_at("new-directory"));
    try_to("remove directory", at.remove_directory_at("empty-dir"));
    try_to("rename", at.rename_at("page.html", &at, "renamed.html"));
    try_to("unlink", at.unlink_file_at("100k.bin"));
    report
}

/// To get at files of one directory by the rights of another.
pub(crate) fn mix(from: &str, to: &str) -> String {
    let (from, to) = (directory(from), directory(to));
    let mut report = String::new();
    let no_follow = PathFlags::empty();
    note(
        &mut report,
        "link",
        from.link_at(no_follow, "hello.txt", &to, "taken"),
    );
    note(
        &mut report,
        "rename",
        from.rename_at("hello.txt", &to, "taken"),
    );
    note(
        &mut report,
        "give",
        to.rename_at("canary.txt", &from, "given"),
    );
    note(
        &mut report,
        "give link",
        to.link_at(no_follow, "canary.txt", &from, "given"),
    );
    // With a slash at the end, as what is renamed or linked, and as its new name.
    for (attempt, old, new) in [
        ("by the old name's slash", "dir/", "taken"),
        ("by the new name's slash", "dir", "taken/"),
        ("by a dot", "dir/.", "taken"),
        ("from below", "dir/nested.txt", "taken"),
    ] {
        let rename = |from: &Descriptor, to: &Descriptor| from.rename_at(old, to, new);
        let link = |from: &Descriptor, to: &Descriptor| from.link_at(no_follow, old, to, new);
        note(
            &mut report,
            &format!("rename {attempt}"),
            rename(&from, &to),
        );
        note(&mut report, &format!("link {attempt}"), link(&from, &to));
        note(&mut report, &format!("give {attempt}"), rename(&to, &from));
        note(
            &mut report,
            &format!("give link {attempt}"),
            link(&to, &from),
        );
    }
    report
}

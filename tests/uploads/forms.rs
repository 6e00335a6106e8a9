//! Files that are left by a form.

use super::start;
use crate::support::chromium::Browser;
use crate::support::eventually;
use crate::support::tools::{available, curl, stdout};
use crate::support::tree::{MEGABYTE, Tree, pattern};
use serde_json::Value;
use std::fs;

/// As a browser without scripts sends the form of a listing.
#[test]
fn a_form_is_taken_without_a_script() {
    if !available("curl") {
        return;
    }
    let tree = Tree::simple();
    let server = start(&tree, &[]);
    let large = tree.outside("large.bin");
    fs::write(&large, pattern(3 * MEGABYTE)).unwrap();
    let mut command = curl();
    command.args(["-w", "%{http_code} %{redirect_url}"]);
    command.args(["-F", &format!("file=@{}", large.display())]);
    command.args(["-F", "file=@-;filename=sub/folder/b.txt"]);
    command.stdin(std::process::Stdio::null());
    let said = stdout(command.arg(server.url("/dir/")));
    let said = String::from_utf8(said).unwrap();
    assert_eq!(said, format!("303 {}", server.url("/dir/")));
    assert!(fs::read(tree.path("dir/large.bin")).unwrap() == pattern(3 * MEGABYTE));
    assert_eq!(fs::read(tree.path("dir/sub/folder/b.txt")).unwrap(), b"");
}

#[test]
fn a_form_says_which_of_its_files_werent_taken() {
    let tree = Tree::simple();
    let server = start(&tree, &["--upload-max-size", "10"]);
    let files = [
        ("new.txt", "new"),
        ("hello.txt", "changed"),
        ("../up", "up"),
        ("<b>.txt/.x", "x"),
        ("large", "0123456789a"),
        ("newer.txt", "newer"),
    ];
    let parts = files.map(|(name, content)| {
        format!("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n{content}\r\n")
    });
    let content = parts.concat() + "--b--\r\n";
    let request = format!(
        "POST / HTTP/1.1\r\nHost: test\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: {}\r\n\r\n{content}",
        content.len()
    );
    let response = server.exchange(request);
    assert_eq!(response.status, 409, "{response:?}");
    let page = response.text();
    for said in [
        "2 files were uploaded.",
        "hello.txt: a file of this name is there already",
        "../up: this can&#x27;t be a file&#x27;s name",
        "&lt;b&gt;.txt/.x: names that begin with a dot",
        "large: the file is larger than uploads may be",
    ] {
        let said = said.replace("&#x27;", "'");
        let plain = page.replace("&#x27;", "'");
        assert!(plain.contains(&said), "{said}: {page}");
    }
    assert_eq!(fs::read(tree.path("newer.txt")).unwrap(), b"newer");
    assert_eq!(server.get("/hello.txt").text(), "hello, world\n");
    assert!(!tree.path("large").exists());
}

/// Chooses files as a person does, and says so to the page.
const CHOOSE: &str = "const choose = files => {
    const chosen = new DataTransfer();
    for (const [name, content] of files) chosen.items.add(new File([content], name));
    const input = document.querySelector('#upload input');
    input.files = chosen.files;
    input.dispatchEvent(new Event('change'));
};";

#[test]
fn a_browser_sends_files_and_shows_what_became_of_them() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let tree = Tree::simple();
    let server = start(&tree, &["--upload-max-size", "1M"]);
    browser.navigate(&server.url("/dir/"));
    let files =
        "[['one & two?.txt', 'one'], ['\u{e9}#%41.bin', 'x'.repeat(900000)], ['empty', '']]";
    browser.evaluate(&format!("{CHOOSE} choose({files})"));
    // The listing is loaded anew, with them in it.
    eventually("the listing has them", || {
        let shown = browser.evaluate("document.querySelector('ul[role=list]')?.innerText");
        shown
            .as_str()
            .is_some_and(|shown| shown.contains("one & two?.txt") && shown.contains("empty"))
    });
    assert_eq!(fs::read(tree.path("dir/one & two?.txt")).unwrap(), b"one");
    assert_eq!(
        fs::read(tree.path("dir/\u{e9}#%41.bin")).unwrap().len(),
        900_000
    );
    assert_eq!(fs::read(tree.path("dir/empty")).unwrap(), b"");

    browser.navigate(&server.url("/dir/?sort=size"));
    // The page before was loaded anew, which may have been what has loaded by now.
    eventually("the page is there", || {
        let is_there = "location.search === '?sort=size' && !!document.querySelector('#upload ul')";
        browser.evaluate(is_there) == true
    });
    let files =
        "[['nested.txt', 'changed'], ['.env', ''], ['large', 'x'.repeat(1100000)], ['fine', '']]";
    browser.evaluate(&format!("{CHOOSE} choose({files})"));
    let mut shown = String::new();
    eventually("it says what wasn't taken", || {
        let form = browser.evaluate("document.querySelector('#upload').innerText");
        shown = form.as_str().unwrap_or_default().to_owned();
        shown.contains("1 uploaded, 3 not:")
    });
    for said in [
        "nested.txt: a file of this name is there already",
        ".env: names that begin with a dot can't be uploaded",
        "large: the file is larger than uploads may be",
    ] {
        assert!(shown.contains(said), "{said}: {shown}");
    }
    assert_eq!(fs::read(tree.path("dir/nested.txt")).unwrap(), b"nested\n");
}

/// What is dropped may be folders: their files keep their places.
#[test]
fn a_browser_sends_folders() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let tree = Tree::empty();
    let server = start(&tree, &[]);
    browser.navigate(&server.url("/"));
    let fits = browser.evaluate(
        "const inputs = [...document.querySelectorAll('#upload input')];
         inputs.map(input => input.webkitdirectory + ' ' + input.checkVisibility()).join()",
    );
    assert_eq!(fits, Value::from("false true,true true"));
    // As the browser has it of a folder that is dropped.
    let drop = "
        const file = (fullPath, content) => ({
            isFile: true, fullPath, file: done => done(new File([content], fullPath.split('/').pop())),
        });
        const folder = (fullPath, inner) => ({isFile: false, fullPath, createReader: () => {
            const batches = [inner.slice(0, 1), inner.slice(1), []];
            return {readEntries: done => done(batches.shift())};
        }});
        const dropped = folder('/f', [file('/f/a', '1'), folder('/f/g h', [file('/f/g h/b', '22')])]);
        const event = new Event('drop');
        event.dataTransfer = {items: [{webkitGetAsEntry: () => dropped}]};
        dispatchEvent(event);";
    browser.evaluate(drop);
    eventually("the files are there", || tree.path("f/g h/b").exists());
    assert_eq!(fs::read(tree.path("f/a")).unwrap(), b"1");
    assert_eq!(fs::read(tree.path("f/g h/b")).unwrap(), b"22");
}

use super::*;
use std::cell::RefCell;
use wasm_host_sdk::testing::respond;

thread_local! {
    static DIRECTORY: RefCell<PathBuf> = RefCell::default();
}

/// What stands for the granted directory: one for each test.
pub(super) fn directory() -> PathBuf {
    DIRECTORY.with_borrow(Clone::clone)
}

/// Runs a test with a directory of its own.
fn with_directory(test: impl FnOnce()) {
    let temporary = tempfile::tempdir().unwrap();
    DIRECTORY.set(temporary.path().to_owned());
    test();
}

fn answer(request: &str) -> String {
    String::from_utf8(respond::<Guestbook>(request.as_bytes())).unwrap()
}

fn get() -> String {
    answer("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
}

fn post(form: &str) -> String {
    let length = form.len();
    answer(&format!(
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {length}\r\n\r\n{form}"
    ))
}

#[track_caller]
fn assert_status(response: &str, status: u16) {
    assert!(
        response.starts_with(&format!("HTTP/1.1 {status} ")),
        "{response}"
    );
}

#[test]
fn an_entry_is_kept_and_shown_escaped() {
    with_directory(|| {
        let response = post("name=%3Cb%3EAda&message=a+%26%0D%0A%22b%22%C3%A4");
        assert_status(&response, 303);
        assert!(response.contains("\r\nLocation: /\r\n"));
        let page = get();
        assert_status(&page, 200);
        let shown = "<dt>&lt;b&gt;Ada</dt><dd>a &amp;  &quot;b&quot;ä</dd>";
        assert!(page.contains(shown), "{page}");
    });
}

#[test]
fn what_is_no_entry_is_refused() {
    with_directory(|| {
        for form in ["", "name=a", "name=a&message=", "name=+&message=x"] {
            assert_status(&post(form), 422);
        }
        let long = "x".repeat(MAX_MESSAGE + 1);
        assert_status(&post(&format!("name=a&message={long}")), 422);
        let too_long = "x".repeat(MAX_FORM + 1);
        assert_status(&post(&too_long), 413);
        assert_status(&answer("POST / HTTP/1.1\r\nHost: h\r\n\r\n"), 415);
        assert!(get().contains("<dl>\n</dl>"));
    });
}

#[test]
fn there_is_one_page() {
    with_directory(|| {
        assert_status(&answer("GET /x HTTP/1.1\r\nHost: h\r\n\r\n"), 404);
        assert_status(&answer("POST /x HTTP/1.1\r\nHost: h\r\n\r\n"), 404);
        let head = answer("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n");
        assert!(head.ends_with("\r\n\r\n"));
    });
}

#[test]
fn without_a_directory_no_entry_is_said_to_be_kept() {
    DIRECTORY.set(PathBuf::from("/nonexistent"));
    assert_status(&get(), 200);
    assert_status(&post("name=a&message=b"), 500);
}

use crate::support::chromium::Browser;
use crate::support::previews::Previews;

/// `*.localhost` needs nothing to be set up, and no site sees what another has.
#[test]
fn two_sites_are_two_origins() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let previews = Previews::start();
    let page = "<!doctype html><title>t</title><p id=x>here</p>";
    let one = previews.site("one", &[("index.html", page), ("secret.txt", "of one")]);
    previews.deploy(&one, &["--alias", "one"]);
    let two = previews.site("two", &[("index.html", page)]);
    previews.deploy(&two, &["--alias", "two"]);
    let url = |label: &str| format!("http://{label}.localhost:{}/", previews.server.port());

    browser.navigate(&url("one"));
    let set = "localStorage.setItem('a', 'of one'); document.cookie = 'a=of-one'; \
               document.cookie = 'b=wide; Domain=localhost'; document.querySelector('#x').textContent";
    assert_eq!(browser.evaluate(set), "here");
    browser.navigate(&url("two"));
    assert_eq!(
        browser.evaluate("String(localStorage.getItem('a'))"),
        "null"
    );
    assert_eq!(browser.evaluate("document.cookie"), "");
    let fetched = format!(
        "fetch('{}secret.txt').then(() => 'read', () => 'kept out')",
        url("one")
    );
    assert_eq!(browser.evaluate(&fetched), "kept out");
    let framed = format!(
        "new Promise(done => {{ const frame = document.createElement('iframe'); \
         frame.src = '{}'; frame.onload = () => {{ try {{ done(String(frame.contentDocument)) }} \
         catch (error) {{ done('kept out') }} }}; document.body.append(frame) }})",
        url("one")
    );
    assert_eq!(browser.evaluate(&framed), "null");
}

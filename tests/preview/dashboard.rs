use crate::support::chromium::Browser;
use crate::support::eventually;
use crate::support::previews::Previews;

/// The link that the server prints lets in once, and a deploy's log goes on by itself.
#[test]
fn the_operator_sees_what_is_deployed_and_goes_back() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let previews = Previews::start();
    let link = previews
        .server
        .wait_for_message(|line| line.contains("/login/"));
    let link = link.split_whitespace().last().expect("a link");
    let site = previews.site("site", &[("index.html", "one")]);
    previews.deploy(
        &site,
        &["--project=shop", "--alias=a", "--message=<b>first</b>"],
    );
    let site = previews.site("site", &[("index.html", "two")]);
    let second = previews.deploy(&site, &["--project=shop", "--alias=a"]);

    browser.navigate(link);
    wait_for_projects(&mut browser);
    let own = previews.server.url("").replace("127.0.0.1", "localhost");
    browser.navigate(&format!("{own}/projects/shop"));
    let text = browser.evaluate("document.body.innerText");
    let text = text.as_str().expect("a text");
    assert!(text.contains("<b>first</b>"), "{text}");
    assert!(text.contains(&second.id), "{text}");

    browser.navigate(&format!("{own}/deploys/{}", second.id));
    previews.get("a", "/seen-in-the-log");
    let seen = "new Promise(done => { const look = () => document.querySelector('pre').textContent\
                .includes('/seen-in-the-log') ? done('seen') : setTimeout(look, 20); look(); })";
    assert_eq!(browser.evaluate(seen), "seen");

    browser.navigate(&format!("{own}/projects/shop"));
    let back = "[...document.forms].find(form => form.innerText.includes('Roll back')).submit()";
    browser.evaluate(back);
    eventually("the alias leads where it led before", || {
        previews.text("a", "/") == "one"
    });
    assert!(browser.errors().is_empty());

    // Another browser has neither the link nor the cookie.
    let Some(mut other) = Browser::start() else {
        return;
    };
    other.navigate(link);
    let text = other.evaluate("document.body.innerText");
    assert!(text.as_str().expect("a text").contains("has been used"));
    // It has the token.
    other.evaluate(&format!(
        "document.querySelector('#token').value = '{}'; document.forms[0].submit()",
        previews.token()
    ));
    wait_for_projects(&mut other);
}

/// Whoever has logged in is led there.
fn wait_for_projects(browser: &mut Browser) {
    eventually("the projects are shown", || {
        browser.heading().as_deref() == Some("Projects")
    });
}

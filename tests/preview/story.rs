use crate::support::previews::Previews;
use serde_json::Value;

#[test]
fn a_folder_becomes_a_preview() {
    let previews = Previews::start();
    let site = previews.site("shop/dist", &[("index.html", "one"), ("a/b.css", "b{}")]);
    let first = previews.deploy(&site, &[]);
    assert_eq!(first.urls.len(), 1);
    assert_eq!(previews.text(&first.id, "/"), "one");
    assert_eq!(previews.text(&first.id, "/a/b.css"), "b{}");

    let second = previews.deploy(&site, &["--alias", "pr-42"]);
    let alias = format!("http://pr-42.localhost:{}/", previews.server.port());
    assert_eq!(second.urls[1..], [alias]);
    assert_ne!(first.id, second.id);
    assert_eq!(previews.text("pr-42", "/"), "one");

    // The alias moves, and what it led to stays.
    let site = previews.site("shop/dist", &[("index.html", "two")]);
    let third = previews.deploy(&site, &["--alias", "pr-42"]);
    for (label, text) in [
        (first.id.as_str(), "one"),
        (&second.id, "one"),
        (&third.id, "two"),
        ("pr-42", "two"),
        ("PR-42", "two"),
    ] {
        assert_eq!(previews.text(label, "/"), text, "{label}");
    }
    // Its project is the folder around dist.
    let listed = previews.succeed(["previews", "list", "--json"]);
    let listed: Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(listed["deploys"].as_array().unwrap().len(), 3);
    assert_eq!(listed["deploys"][0]["project"], "shop");

    let printed = previews.succeed(["previews", "rollback", "pr-42"]);
    assert!(printed.contains(&second.id), "{printed}");
    assert_eq!(previews.text("pr-42", "/"), "one");
    previews.succeed(["previews", "alias", "pr-42", &third.id]);
    assert_eq!(previews.text("pr-42", "/"), "two");
    let shown = previews.succeed(["previews", "show", "pr-42"]);
    assert!(shown.contains("rollback from"), "{shown}");

    previews.succeed(["previews", "rm", "pr-42"]);
    assert_eq!(previews.get("pr-42", "/").status, 404);
    assert_eq!(previews.text(&third.id, "/"), "two");
    previews.succeed(["previews", "rm", &third.id]);
    assert_eq!(previews.get(&third.id, "/").status, 404);
    previews.succeed(["previews", "rm", "--project", "shop"]);
    assert_eq!(previews.get(&first.id, "/").status, 404);
}

/// What a deploy is, its response says, and what keeps sites apart.
#[test]
fn each_response_has_what_protects_the_others() {
    let previews = Previews::start();
    let site = previews.site("site", &[("index.html", "x")]);
    let deployed = previews.deploy(&site, &["--alias", "a"]);
    for (label, target) in [("a", "/"), (deployed.id.as_str(), "/missing")] {
        let response = previews.get(label, target);
        assert_eq!(response.required("X-Robots-Tag"), "noindex");
        assert_eq!(response.required("X-Content-Type-Options"), "nosniff");
        assert_eq!(
            response.required("Cross-Origin-Resource-Policy"),
            "same-origin"
        );
        let policy = response.required("Content-Security-Policy");
        assert_eq!(policy, "frame-ancestors 'self'");
        assert_eq!(response.required("Wasm-Host-Deploy"), deployed.id);
    }
}

#[test]
fn a_second_deploy_sends_what_is_new() {
    let previews = Previews::start();
    let mut files: Vec<_> = (0..50)
        .map(|n| (format!("{n}.txt"), format!("content {n}")))
        .collect();
    fn named(files: &[(String, String)]) -> Vec<(&str, &str)> {
        files
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_str()))
            .collect()
    }
    let site = previews.site("site", &named(&files));
    let sent = |site| {
        let output = previews.run(["deploy".as_ref(), std::path::Path::new(site).as_os_str()]);
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    assert!(sent(&site).contains("sending 50 new contents"));
    files[7].1 = "another".to_owned();
    let site = previews.site("site", &named(&files));
    assert!(sent(&site).contains("sending 1 new content ("));
    assert!(!sent(&site).contains("sending"));
}

#[test]
fn a_password_is_asked_for() {
    let previews = Previews::start();
    let site = previews.site("site", &[("index.html", "secret")]);
    let deployed = previews.deploy(&site, &["--password", "open sesame", "--alias", "p"]);
    for label in [deployed.id.as_str(), "p"] {
        let refused = previews.get(label, "/");
        assert_eq!(refused.status, 401);
        assert!(!refused.text().contains("secret"));
        // preview:open sesame
        let login = "Authorization: Basic cHJldmlldzpvcGVuIHNlc2FtZQ==\r\n";
        assert_eq!(previews.get_with(label, "/", login).text(), "secret");
    }
}

#[test]
fn an_alias_of_another_project_has_a_label_of_both() {
    let previews = Previews::start();
    let site = previews.site("one", &[("index.html", "of one")]);
    previews.deploy(&site, &["--alias", "pr-1"]);
    let site = previews.site("two", &[("index.html", "of two")]);
    let deployed = previews.deploy(&site, &["--alias", "pr-1"]);
    assert!(deployed.urls[1].starts_with("http://pr-1--two.localhost:"));
    assert!(deployed.urls[2].contains("pr-1"), "{:?}", deployed.urls);
    assert_eq!(previews.text("pr-1", "/"), "of one");
    assert_eq!(previews.text("pr-1--two", "/"), "of two");
}

/// Without our client.
#[test]
fn one_request_of_curl_deploys_an_archive() {
    let previews = Previews::start();
    previews.site("site", &[("index.html", "by tar"), ("a/b", "c")]);
    let archive = previews.path("site.tar");
    let tar = std::process::Command::new("tar")
        .arg("-cf")
        .arg(&archive)
        .arg("-C")
        .arg(previews.path("site"))
        .arg(".")
        .status();
    assert!(tar.unwrap().success());
    let sent = std::process::Command::new("curl")
        .args(["-sS", "--fail-with-body", "-T"])
        .arg(&archive)
        .arg("-H")
        .arg(format!("Authorization: Bearer {}", previews.token()))
        .arg(
            previews
                .server
                .url("/api/v1/projects/by-curl/deploy.tar?alias=t"),
        )
        .output()
        .unwrap();
    assert!(sent.status.success(), "{sent:?}");
    let answer: Value = serde_json::from_slice(&sent.stdout).unwrap();
    assert_eq!(previews.text(answer["id"].as_str().unwrap(), "/a/b"), "c");
    assert_eq!(previews.text("t", "/"), "by tar");
}

/// The README's section, word by word, but for the port.
#[test]
fn the_readme_is_true() {
    let readme = include_str!("../../README.md");
    let (_, section) = readme
        .split_once("\n## Host previews\n")
        .expect("a section");
    let commands: Vec<_> = section
        .split("```sh\n")
        .skip(1)
        .take(2)
        .filter_map(|block| block.lines().next())
        .collect();
    assert_eq!(commands[0], "wasm-host preview");
    let previews = Previews::start();
    let site = previews.site("dist", &[("index.html", "in a second")]);
    let (program, args) = commands[1].split_once(' ').expect("arguments");
    assert_eq!(program, "wasm-host");
    let printed = previews.succeed_in(site.parent().expect("a folder"), args.split(' '));
    assert_eq!(printed.lines().count(), 2, "{printed}");
    assert_eq!(previews.text("pr-42", "/"), "in a second");
}

//! What CI runs: `.github/actions/preview`, step by step, as GitHub's runner does it.

use super::scene::{folder, run};
use crate::api::tests::stage::Stage;
use crate::names::{DeployId, SitePath};
use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn action() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.github/actions/preview")
}

/// What an expression of the action's file is in one run.
fn expressions<'a>(stage: &'a Stage, site: &'a str) -> HashMap<&'static str, String> {
    let server = format!("http://{}", stage.address);
    [
        ("inputs.server", server.as_str()),
        ("inputs.token", stage.token.secret()),
        ("inputs.directory", site),
        ("inputs.project", "My Shop"),
        ("inputs.alias", ""),
        ("inputs.message", "a \"word\" & $(touch /tmp/no) ü"),
        ("inputs.ttl", "3600"),
        ("github.event.pull_request.number", "42"),
        ("github.ref_name", "42/merge"),
        ("github.event.action == 'closed'", "false"),
    ]
    .into_iter()
    .map(|(name, value)| (name, value.to_owned()))
    .collect()
}

/// Runs the one step of the action, and says what it puts out.
fn step(values: &HashMap<&str, String>) -> (Output, String) {
    let text = fs::read_to_string(action().join("action.yml")).unwrap();
    let steps = text.split_once("  steps:\n").unwrap().1;
    let (step, variables) = steps.split_once("      env:\n").unwrap();
    assert_eq!(steps.matches("- id:").count(), 1);
    let shell = step
        .lines()
        .find_map(|line| line.trim().strip_prefix("run: "))
        .unwrap();
    let work = tempfile::tempdir().unwrap();
    let output = work.path().join("output");
    let mut command = Command::new("sh");
    command
        .arg("-e")
        .arg("-c")
        .arg(shell)
        .current_dir(work.path());
    command
        .env("GITHUB_ACTION_PATH", action())
        .env("GITHUB_OUTPUT", &output);
    for line in variables.lines() {
        let (name, expression) = line.trim().split_once(": ").unwrap();
        let expression = expression
            .strip_prefix("${{ ")
            .and_then(|rest| rest.strip_suffix(" }}"));
        command.env(name, &values[expression.unwrap()]);
    }
    let ended = command.output().unwrap();
    (ended, fs::read_to_string(output).unwrap_or_default())
}

fn site() -> tempfile::TempDir {
    folder(&[
        ("index.html", b"<p>"),
        (".env", b"KEY=1"),
        ("a/b.txt", b"b"),
        (".git/config", b"x"),
    ])
}

#[test]
fn a_pull_request_is_deployed() {
    let stage = Stage::new();
    let site = site();
    let values = expressions(&stage, site.path().to_str().unwrap());
    let (ended, output) = step(&values);
    assert!(ended.status.success(), "{ended:?}");
    let find = |name: &str| {
        let line = output
            .lines()
            .find_map(|line| line.strip_prefix(&format!("{name}=")));
        line.unwrap_or_else(|| panic!("{name}: {output}"))
            .to_owned()
    };
    let id: DeployId = find("id").parse().unwrap();
    assert_eq!(find("url"), "http://pr-42.localhost:8000/");
    assert_eq!(
        find("immutable-url"),
        format!("http://{id}.localhost:8000/")
    );
    let comment = output
        .split_once(&format!("comment<<end-of-{id}\n"))
        .unwrap()
        .1;
    assert!(
        comment.starts_with("<!-- wasm-host preview of my-shop -->\n**Preview:** <http://pr-42."),
        "{comment}"
    );
    assert!(comment.ends_with(&format!("\nend-of-{id}\n")));
    let printed = String::from_utf8(ended.stdout).unwrap();
    assert_eq!(
        printed,
        format!("http://{id}.localhost:8000/\nhttp://pr-42.localhost:8000/\n")
    );

    let manifest = run(stage.store.manifest(&id)).unwrap().unwrap();
    let files: Vec<&str> = manifest.files.keys().map(SitePath::as_str).collect();
    assert_eq!(files, ["a/b.txt", "index.html"]);
    assert_eq!(
        manifest.message.as_deref(),
        Some("a \"word\" & $(touch /tmp/no) ü")
    );
    assert_eq!(
        (manifest.project.as_str(), manifest.ttl),
        ("my-shop", Some(3600))
    );
}

#[test]
fn its_alias_is_removed_when_it_closes() {
    let stage = Stage::new();
    let site = site();
    let mut values = expressions(&stage, site.path().to_str().unwrap());
    assert!(step(&values).0.status.success());
    values.insert("github.event.action == 'closed'", "true".to_owned());
    for said in ["removed the alias pr-42\n", "there is no alias pr-42\n"] {
        let (ended, output) = step(&values);
        assert!(ended.status.success() && output.is_empty(), "{ended:?}");
        assert_eq!(String::from_utf8(ended.stdout).unwrap(), said);
    }
    assert_eq!(stage.deploys(), 1);
}

#[test]
fn a_branch_is_an_alias_whatever_it_is_called() {
    let stage = Stage::new();
    let site = site();
    let mut values = expressions(&stage, site.path().to_str().unwrap());
    values.insert("github.event.pull_request.number", String::new());
    for (branch, alias) in [
        ("main", "main"),
        (
            "Feature/Über--Long_name.with.everything.in.it.and.more",
            "feature-ber-long-name-with-everything-in",
        ),
        ("$(touch x);`id`\"'", "touch-x-id"),
    ] {
        values.insert("github.ref_name", branch.to_owned());
        let (ended, output) = step(&values);
        assert!(ended.status.success(), "{branch}: {ended:?}");
        assert!(
            output.contains(&format!("\nurl=http://{alias}.localhost:8000/\n")),
            "{output}"
        );
    }
}

#[test]
fn what_fails_fails_the_step_with_a_word_and_without_the_token() {
    let stage = Stage::new();
    let site = site();
    let values = expressions(&stage, site.path().to_str().unwrap());
    let with = |name: &'static str, value: &str| {
        let mut values = values.clone();
        values.insert(name, value.to_owned());
        let (ended, output) = step(&values);
        assert!(!ended.status.success() && output.is_empty(), "{ended:?}");
        let said = String::from_utf8([ended.stdout, ended.stderr].concat()).unwrap();
        assert!(!said.contains(stage.token.secret()), "{said}");
        said
    };
    assert!(with("inputs.token", "wrong-token-of-some-length").contains("answers 401"));
    assert!(
        with("inputs.token", "a\"\nurl = \"file:///etc/passwd")
            .contains("something else than a token")
    );
    assert!(with("inputs.token", "").contains("token of the server"));
    assert!(with("inputs.directory", "nowhere").contains("there is no folder nowhere"));
    assert!(with("inputs.project", "///").contains("PREVIEW_PROJECT"));
    assert!(with("inputs.ttl", "soon").contains("answers 422"));
    symlink("/proc/self/environ", site.path().join("innocent.txt")).unwrap();
    let said = with("inputs.alias", "pr-1");
    assert!(
        said.contains("innocent.txt") && said.contains("it is a link"),
        "{said}"
    );
    assert_eq!(stage.deploys(), 0);
}

/// The page's command, as it is written there.
#[test]
fn one_request_of_curls_is_a_deploy() {
    let stage = Stage::new();
    let site = site();
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../PREVIEW-CI.md");
    let page = fs::read_to_string(page).unwrap();
    let command = page
        .split("```sh\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    let tar = Command::new("sh")
        .args(["-ec", "tar -C \"$0\" -cf site.tar ."])
        .arg(site.path())
        .current_dir(site.path().join("a"))
        .status();
    assert!(tar.unwrap().success());
    let deployed = Command::new("sh")
        .args(["-ec", command])
        .current_dir(site.path().join("a"))
        .env("PREVIEW_SERVER", format!("http://{}", stage.address))
        .env("PREVIEW_TOKEN", stage.token.secret())
        .output()
        .unwrap();
    assert!(deployed.status.success(), "{deployed:?}");
    let answer: serde_json::Value = serde_json::from_slice(&deployed.stdout).unwrap();
    assert_eq!(answer["alias_url"], "http://main.localhost:8000/");
}

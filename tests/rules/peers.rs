//! A table of requests, put to a peer's own code and to our server.

use crate::support::client::Response;
use crate::support::server::Server;
use crate::support::tools::installed_by_ci;
use crate::support::tree::Tree;
use serde_json::{Value, json};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// A site, and what is asked of it.
pub(super) struct Table {
    pub(super) dialect: &'static str,
    pub(super) script: &'static str,
    /// What `wrangler` is to do of files, and the same in our options.
    pub(super) handling: Handling,
    /// Each has its own name as its content.
    pub(super) files: &'static [&'static str],
    pub(super) redirects: &'static str,
    pub(super) headers: &'static str,
    pub(super) requests: &'static [&'static str],
    /// Requests that we answer otherwise: how, and why.
    pub(super) known: &'static [(&'static str, &'static [&'static str], &'static str)],
    /// Lines of `_redirects`, of which we refuse all that the peer does.
    pub(super) lines: &'static [&'static str],
}

/// What is done where a path isn't simply that of a file.
pub(super) enum Handling {
    /// Nothing.
    None,
    /// Pages have addresses without `.html`, and what doesn't exist has the nearest page.
    Clean,
}

impl Handling {
    /// `html_handling` and `not_found_handling`.
    fn theirs(&self) -> [&str; 2] {
        match self {
            Self::None => ["none", "none"],
            Self::Clean => ["auto-trailing-slash", "404-page"],
        }
    }

    fn ours(&self) -> &[&str] {
        match self {
            Self::None => &[],
            Self::Clean => &["--clean-urls", "--not-found-nearest", "--no-listing"],
        }
    }
}

impl Table {
    /// Checks that both answer the same, but for the known differences, which are to be
    /// some.
    pub(super) fn check(&self) {
        assert!(self.requests.len() >= 60, "{}", self.requests.len());
        let Some(packages) = installed_by_ci("rules") else {
            return;
        };
        let theirs = self.ask_peer(&packages);
        let (_tree, server) = self.serve();
        let mut wrong = Vec::new();
        for (index, target) in self.requests.iter().enumerate() {
            let ours = answer(&server.get(target), self.files);
            let theirs = texts(&theirs["answers"][index]);
            match self.known.iter().find(|(known, ..)| known == target) {
                None if ours == theirs => {}
                None => wrong.push(format!("{target}: we {ours:?}, they {theirs:?}")),
                Some((_, expected, why)) => {
                    assert_eq!(ours, *expected, "{target}: {why}");
                    assert_ne!(ours, theirs, "{target} is no difference any more: {why}");
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        for (line, theirs) in self.lines.iter().zip(theirs["refused"].as_array().unwrap()) {
            let refused = !self.accepts(line);
            assert!(refused || theirs == &Value::Bool(false), "we take {line}");
        }
    }

    fn ask_peer(&self, packages: &Path) -> Value {
        let table = json!({
            "files": self.files,
            "redirects": self.redirects,
            "headers": self.headers,
            "requests": self.requests,
            "refused": self.lines,
            "htmlHandling": self.handling.theirs()[0],
            "notFound": self.handling.theirs()[1],
        });
        let script = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../tests/rules")
            .join(self.script);
        let mut node = Command::new("node")
            .arg(script)
            .arg(packages)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("npm, which installed the packages, has node beside it");
        let mut stdin = node.stdin.take().unwrap();
        stdin.write_all(table.to_string().as_bytes()).unwrap();
        drop(stdin);
        let output = node.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", self.script);
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn serve(&self) -> (Tree, Server) {
        let tree = Tree::empty();
        for file in self.files {
            tree.file(file, file);
        }
        tree.file("_redirects", self.redirects)
            .file("_headers", self.headers);
        let args = [&["--rules", self.dialect], self.handling.ours()].concat();
        let server = Server::builder().directory(&tree).args(args).start();
        (tree, server)
    }

    /// Whether a server starts with a line.
    fn accepts(&self, line: &str) -> bool {
        use wasm_host_rules::{Dialect, Policy, Rules, Sources};
        let dialect = match self.dialect {
            "netlify" => Dialect::Netlify,
            _ => Dialect::Cloudflare,
        };
        let sources = Sources {
            redirects: line.as_bytes(),
            headers: b"",
        };
        Rules::parse(dialect, &Policy::owner(), sources).is_ok()
    }
}

/// The status and where it leads, or which file it is; then the fields, in order.
fn answer(response: &Response, files: &[&str]) -> Vec<String> {
    let content = response.text();
    let file = files.contains(&content.as_str()).then_some(content);
    let location = response.field("Location").map(str::to_owned);
    let what = location.or(file).unwrap_or_default();
    let mut fields: Vec<_> = response
        .fields
        .iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value))
        .filter(|(name, _)| name.starts_with("x-") && name != "x-content-type-options")
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    fields.sort();
    fields.insert(0, format!("{} {what}", response.status).trim().to_owned());
    fields
}

fn texts(value: &Value) -> Vec<String> {
    let texts = value.as_array().unwrap().iter();
    texts.map(|it| it.as_str().unwrap().to_owned()).collect()
}

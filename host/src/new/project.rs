//! The files of a project, made of the templates in `host/templates`.

use std::borrow::Cow;

/// A project that is ready to be written.
#[derive(Debug)]
pub(super) struct Project {
    /// What it is, for its author.
    pub(super) description: String,
    /// Its files: paths within it, and their contents.
    pub(super) files: Vec<(String, Cow<'static, str>)>,
    /// How it is built and served.
    pub(super) commands: Vec<String>,
}

/// The SDK's source, which `build.rs` has gathered.
const SDK: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/sdk.rs"));

/// The WASI whose WIT comes with the SDK.
const WASI: &str = "0.2.12";

/// The WASI that componentize-js answers `fetch` events for. Its interfaces are
/// the same but for the number.
const JAVASCRIPT_WASI: &str = "0.2.10";

const HANDLER: &str = "wasm-host:http/handler@0.1.0";
const PROXY: &str = "wasi:http/proxy@";

/// How another host runs the component, which imports more than such a host gives
/// unasked.
const ELSEWHERE: &str = "\
Other hosts run it, too:

```sh
wasmtime serve -S cli {{component}}
```

`-S cli` gives it what Rust's standard library and the SDK import, such as
wasi:filesystem; `--dir .` lets it see files.

";

/// A template: the file's path, and its text.
macro_rules! template {
    ($path:literal from $file:literal) => {
        (
            $path,
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/templates/", $file)),
        )
    };
}

/// A handler made with the SDK, for our own world or for `wasi:http/proxy`.
pub(super) fn rust(name: &str, proxy: bool) -> Project {
    let world = if proxy {
        format!("{PROXY}{WASI}")
    } else {
        HANDLER.to_owned()
    };
    let file = name.replace('-', "_");
    let component = format!("target/wasm32-wasip2/release/{file}.wasm");
    let commands = [
        format!("cd {name}"),
        "cargo test".to_owned(),
        "cargo build --release --target wasm32-wasip2".to_owned(),
        serve(&component),
    ];
    let mut project = Project::new("Rust", &world, commands.into());
    let features = if proxy {
        ", features = [\"wasi-http\"]"
    } else {
        ""
    };
    let elsewhere = if proxy {
        ELSEWHERE.replace("{{component}}", &component)
    } else {
        String::new()
    };
    project.add(
        &[
            template!("Cargo.toml" from "rust/Cargo.toml.in"),
            template!("rust-toolchain.toml" from "rust/rust-toolchain.toml"),
            template!("build.rs" from "rust/build.rs"),
            template!("src/lib.rs" from "rust/src/lib.rs"),
            template!(".gitignore" from "rust/gitignore"),
            template!("README.md" from "rust/README.md"),
        ],
        &[
            ("name", name),
            ("features", features),
            ("elsewhere", &elsewhere),
            ("world", &world),
            ("version", env!("CARGO_PKG_VERSION")),
        ],
    );
    for (path, text) in SDK {
        let path = format!("wasm-host-sdk/{path}");
        project.files.push((path, Cow::Borrowed(text)));
    }
    project
}

/// A handler of `wasi:http/proxy`, in JavaScript.
pub(super) fn javascript(name: &str) -> Project {
    let world = format!("{PROXY}{JAVASCRIPT_WASI}");
    let commands = [
        format!("cd {name}"),
        "npm install".to_owned(),
        "npm run build".to_owned(),
        serve(&format!("{name}.wasm")),
    ];
    let mut project = Project::new("JavaScript", &world, commands.into());
    project.add(
        &[
            template!("package.json" from "js/package.json"),
            template!("app.js" from "js/app.js"),
            template!(".gitignore" from "js/gitignore"),
            template!("README.md" from "js/README.md"),
        ],
        &[("name", name), ("world", &world)],
    );
    project.add_wit(JAVASCRIPT_WASI);
    project
}

/// A handler of `wasi:http/proxy`, in Python.
pub(super) fn python(name: &str) -> Project {
    let world = format!("{PROXY}{WASI}");
    let commands = [
        format!("cd {name}"),
        "python3 -m venv .venv".to_owned(),
        ".venv/bin/pip install -r requirements.txt".to_owned(),
        format!(".venv/bin/componentize-py -d wit -w handler componentize app -o {name}.wasm"),
        serve(&format!("{name}.wasm")),
    ];
    let mut project = Project::new("Python", &world, commands.into());
    project.add(
        &[
            template!("requirements.txt" from "python/requirements.txt"),
            template!("app.py" from "python/app.py"),
            template!(".gitignore" from "python/gitignore"),
            template!("README.md" from "python/README.md"),
        ],
        &[("name", name), ("world", &world)],
    );
    project.add_wit(WASI);
    project
}

fn serve(component: &str) -> String {
    format!("wasm-host serve --component {component} 8000")
}

impl Project {
    fn new(language: &str, world: &str, commands: Vec<String>) -> Self {
        Self {
            description: format!("a handler of the world {world} in {language}"),
            files: Vec::new(),
            commands,
        }
    }

    /// Adds files made of templates: `{{name}}` stands for the value of `name`.
    fn add(&mut self, templates: &[(&str, &str)], values: &[(&str, &str)]) {
        for (path, template) in templates {
            let mut text = template.replace("{{commands}}", &self.commands.join("\n"));
            for (name, value) in values {
                text = text.replace(&format!("{{{{{name}}}}}"), value);
            }
            self.files.push(((*path).to_owned(), Cow::Owned(text)));
        }
    }

    /// Adds the WIT that the component is made with.
    fn add_wit(&mut self, wasi: &str) {
        self.add(
            &[template!("wit/world.wit" from "world.wit")],
            &[("wasi", wasi)],
        );
        for (path, text) in SDK {
            if path.starts_with("wit/deps/") {
                let text = text.replace(WASI, wasi);
                self.files.push(((*path).to_owned(), Cow::Owned(text)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_is_filled_in() {
        let projects = [
            rust("a-b", false),
            rust("a-b", true),
            javascript("a-b"),
            python("a-b"),
        ];
        for project in projects {
            for (path, text) in &project.files {
                let of_the_sdk = path.starts_with("wasm-host-sdk/");
                assert!(of_the_sdk || !text.contains("{{"), "{path}: {text}");
            }
            let readme = project.files.iter().find(|(path, _)| path == "README.md");
            let (_, readme) = readme.unwrap();
            for command in &project.commands {
                assert!(readme.contains(command.as_str()), "{command}: {readme}");
            }
        }
    }

    #[test]
    fn the_readme_says_how_other_hosts_run_it_if_they_do() {
        let says = |project: Project| {
            let mut files = project.files.into_iter();
            let (_, text) = files.find(|(path, _)| path == "README.md").unwrap();
            text.contains("wasmtime serve -S cli target/wasm32-wasip2/release/a_b.wasm\n")
        };
        assert!(says(rust("a-b", true)));
        assert!(!says(rust("a-b", false)));
    }

    #[test]
    fn the_sdk_is_whole_and_free_of_the_workspace() {
        let find = |path: &str| SDK.iter().find(|(name, _)| *name == path).unwrap().1;
        assert!(!find("Cargo.toml").contains("workspace"));
        assert!(find("src/bindings.rs").contains("path: \"wit\""));
        assert!(find("wit/world.wit").contains("world handler"));
        assert!(!SDK.iter().any(|(name, _)| name.contains("tests")));
    }

    #[test]
    fn javascript_has_wit_of_the_version_that_its_engine_knows() {
        let project = javascript("a");
        assert!(
            project
                .files
                .iter()
                .any(|(path, _)| path == "wit/deps/http.wit")
        );
        for (path, text) in &project.files {
            assert!(!text.contains(WASI), "{path}");
        }
    }
}

//! The test: a server of previews with two tenants, one of whom is the attacker, and what
//! comes of each attack.

use crate::component_build::{TARGET, build_for};
use crate::inside::{BARE, all};
use http::{Method, Request};
use http_body_util::BodyExt;
use std::ffi::OsString;
use std::fs;
use std::net::TcpListener;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::symlink;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;
use wasm_host_preview::code::{CodeCompiler, CompileLimits};
use wasm_host_preview::keeper::Keeper;
use wasm_host_preview::limits::Limits;
use wasm_host_preview::outbound::Sender;
use wasm_host_preview::policy::Policy;
use wasm_host_preview::runners::RunnerLimits;
use wasm_host_preview::server::{CodeOptions, PreviewOptions, Previews};
use wasm_host_preview::token::Token;
use wasm_host_server::{RunnerSpawner, Sites, own_content};

/// What the walls answer: `EACCES` and `EPERM` by Landlock, `ENOSYS` by seccomp.
const DENIALS: [&str; 3] = ["(os error 13)", "(os error 1)", "(os error 38)"];

/// What may be refused where there is no wall: where the kernel is built without it.
const OPTIONAL: [&str; 4] = [
    "makes a ring",
    "loads a kernel",
    "loads a module",
    "handles faults",
];

const MEBIBYTE: usize = 1024 * 1024;

pub(crate) fn run() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::create_dir(folder.join("beside")).unwrap();
    fs::write(folder.join("beside/secret"), "secret").unwrap();
    // Where attacks knock.
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = tcp.local_addr().unwrap().port().to_string();
    let _unix = UnixListener::bind(folder.join("beside/socket")).unwrap();
    let name = SocketAddr::from_abstract_name(&port).unwrap();
    let _nameless = UnixListener::bind_addr(&name).unwrap();
    let scene = [
        folder.as_os_str().to_owned(),
        std::process::id().to_string().into(),
        port.into(),
    ];

    let previews = previews(folder, &scene);
    let sites = previews.sites();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let token = fs::read_to_string(folder.join("token")).unwrap();
    let tenant = |label: &str, files: &[(&str, &[u8])]| {
        let deployed = runtime.block_on(deploy(&sites, token.trim(), label, files));
        let tree = folder.join("store/local/trees").join(&deployed);
        (deployed, tree)
    };
    let (_, neighbour) = tenant("neighbour", &[("secret.txt", b"secret")]);
    symlink(neighbour, folder.join("neighbour")).unwrap();
    let built = build_for(TARGET, "tests/handlers", &["--workspace"], "handlers");
    let component = fs::read(built.join("proxy_handler.wasm")).unwrap();
    let files: [(&str, &[u8]); 4] = [
        ("handler.wasm", &component),
        (
            "wasm-host.toml",
            b"outbound = [\"example.com\"]\nkeyvalue = true\n",
        ),
        ("index.html", b"index"),
        ("removable", b"removable"),
    ];
    let (attacker, tree) = tenant("attacker", &files);
    symlink(tree, folder.join("root")).unwrap();
    fs::write(folder.join("store/local/outside"), "secret").unwrap();

    let log = runtime.block_on(async {
        let answer = ask(&sites, get("attacker.localhost", "/ok", None)).await;
        let log = format!("/api/v1/deploys/{attacker}/logs");
        let log = ask(&sites, get("localhost", &log, Some(&token))).await;
        assert_eq!(answer, (200, "ok\n".to_owned()), "the site serves: {log:?}");
        log
    });
    check("in a runner", &log.1, |attack, came_of_it| {
        let refused = DENIALS.iter().any(|error| came_of_it.contains(error));
        assert!(
            came_of_it.starts_with("failed: ") && refused,
            "in a runner, {attack}: {came_of_it}"
        );
    });

    let bare = Command::new(std::env::current_exe().unwrap())
        .arg(BARE)
        .args(&scene)
        .output()
        .unwrap();
    let said = String::from_utf8(bare.stdout).unwrap();
    let is_root = rustix::process::geteuid().is_root();
    check("without a wall", &said, |attack, came_of_it| {
        let refused = DENIALS.iter().any(|error| came_of_it.contains(error));
        let real = !came_of_it.starts_with("failed: ") || !refused;
        let may_fail = OPTIONAL.contains(&attack) || !is_root;
        assert!(real || may_fail, "{attack} proves nothing: {came_of_it}");
    });
}

/// Looks at what came of each attack.
fn check(place: &str, said: &str, look: impl Fn(&str, &str)) {
    let mut attacks = 0;
    for (attack, _) in all() {
        let found = said
            .lines()
            .find_map(|line| line.strip_prefix(attack)?.strip_prefix(": "));
        let came_of_it = found.unwrap_or_else(|| panic!("nothing came of {attack}: {said}"));
        look(attack, came_of_it);
        attacks += 1;
    }
    println!("test escaped::{place} ... ok ({attacks} attacks)");
}

fn previews(folder: &Path, scene: &[OsString]) -> Previews {
    let own = |name: &str| ["/proc/self/exe", name].map(OsString::from);
    let compiling = CompileLimits {
        memory: 1024 * MEBIBYTE,
        time: Duration::from_secs(120),
    };
    let memory = 64 * MEBIBYTE;
    let runner: Vec<OsString> = [&["runner".into()], scene].concat();
    let code = CodeOptions {
        compiler: CodeCompiler::start(&own("compiler"), compiling, memory).unwrap(),
        spawner: RunnerSpawner::open(&own("runner-spawner"), &runner).unwrap(),
        limits: RunnerLimits {
            most: 4,
            idle: Duration::from_secs(300),
            memory,
            memory_total: 2 * memory,
            cpu_time: Duration::from_secs(10),
            log_rate: 64 * 1024,
        },
        sender: Some(Sender::start(&own("outbound-sender"), None, true).unwrap()),
        keeper: Some(Keeper::start(&own("keeper"), &folder.join("kept"), 1 << 20, true).unwrap()),
    };
    let policy = "[projects.attacker]\noutbound = [\"example.com\"]\n";
    let options = PreviewOptions {
        store: folder.join("store"),
        token: Token::open(&folder.join("token")).unwrap(),
        door: "http://localhost:8000".parse().unwrap(),
        domains: vec!["localhost".parse().unwrap()],
        limits: Limits::default(),
        skew: Duration::ZERO,
        code: Some(code),
        policy: Policy::read(policy).unwrap(),
    };
    Previews::open(options).unwrap()
}

/// Deploys files, and returns the deploy's id.
async fn deploy(
    sites: &Arc<dyn Sites>,
    token: &str,
    label: &str,
    files: &[(&str, &[u8])],
) -> String {
    let mut tar = tar::Builder::new(Vec::new());
    for (name, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, name, *content).unwrap();
    }
    let target = format!("/api/v1/projects/{label}/deploy.tar?alias={label}");
    let request = Request::builder()
        .method(Method::PUT)
        .uri(target)
        .header("Host", "localhost")
        .header("Authorization", format!("Bearer {token}"))
        .body(own_content(tar.into_inner().unwrap()))
        .unwrap();
    let (status, text) = ask(sites, request).await;
    assert_eq!(status, 201, "{text}");
    let deployed: serde_json::Value = serde_json::from_str(&text).unwrap();
    deployed["id"].as_str().unwrap().to_owned()
}

fn get(host: &str, target: &str, token: Option<&str>) -> wasm_host_server::OwnRequest {
    let mut request = Request::builder().uri(target).header("Host", host);
    if let Some(token) = token {
        request = request.header("Authorization", format!("Bearer {}", token.trim()));
    }
    request.body(own_content("")).unwrap()
}

async fn ask(sites: &Arc<dyn Sites>, mut request: wasm_host_server::OwnRequest) -> (u16, String) {
    let client = std::net::SocketAddr::from(([127, 0, 0, 1], 1234));
    request.extensions_mut().insert(client);
    let answer = sites.answer(request).await;
    let status = answer.status().as_u16();
    let content = answer.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8_lossy(&content).into_owned())
}

//! Real scripts, and what is left of them: nothing.

use crate::{Child, LineSink, Outcome, PathKind, ProcessError, ScriptRules, Scripts};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, geteuid, kill_process_group, test_kill_process_group};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;

/// How long anything in these tests may take. Only a failure takes so long.
const PATIENCE: Duration = Duration::from_secs(20);

/// How often something is looked at that isn't announced.
const LOOK: Duration = Duration::from_millis(5);

/// The variable by which a test's processes are known.
const MARKER: &str = "X_MARKER";

/// Says why a test doesn't run; fails where nothing may be left out, as on CI.
fn skipped(reason: &str) {
    let forbidden = std::env::var_os("WASM_HOST_NO_SKIP").is_some_and(|value| !value.is_empty());
    assert!(
        !forbidden,
        "left out, which WASM_HOST_NO_SKIP forbids: {reason}"
    );
    eprintln!("skipped: {reason}");
}

/// A served directory with scripts, and all that they log.
struct Site {
    root: TempDir,
    scripts: Scripts,
    lines: Arc<Mutex<Vec<String>>>,
}

/// All of a script that ended.
struct Run {
    output: String,
    exit: crate::Exit,
}

impl Site {
    fn new() -> Self {
        Self::with(|_| {})
    }

    fn with(change: impl FnOnce(&mut ScriptRules)) -> Self {
        let root = tempfile::tempdir().unwrap();
        set_mode(root.path(), 0o755);
        fs::create_dir(root.path().join("cgi-bin")).unwrap();
        let mut rules = ScriptRules {
            directories: vec![PathBuf::from("cgi-bin")],
            timeout: PATIENCE,
            max_running: 8,
            queue_timeout: PATIENCE,
            environment: Vec::new(),
            bounds: crate::Bounds::default(),
            users: None,
            spawner: Vec::new(),
        };
        change(&mut rules);
        Self {
            scripts: Scripts::open(root.path(), rules).unwrap(),
            root,
            lines: Arc::default(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root
            .path()
            .canonicalize()
            .unwrap()
            .join("cgi-bin")
            .join(name)
    }

    fn write(&self, name: &str, text: &str, mode: u32) {
        // By another process: a file that this one holds open for writing, if
        // only in a child that another test just forked, can't be executed.
        let path = self.path(name);
        let mut copy = std::process::Command::new("cp")
            .arg("/dev/stdin")
            .arg(&path)
            .stdin(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        std::io::Write::write_all(&mut copy.stdin.take().unwrap(), text.as_bytes()).unwrap();
        assert!(copy.wait().unwrap().success());
        set_mode(&path, mode);
    }

    fn log(&self) -> LineSink {
        let lines = Arc::clone(&self.lines);
        Arc::new(move |line: &str| lines.lock().unwrap().push(line.to_owned()))
    }

    fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }

    /// A path that no other test's is like.
    fn marker(&self) -> String {
        self.root.path().display().to_string()
    }

    async fn spawn(&self, name: &str) -> Result<Child, ProcessError> {
        self.spawn_with(name, true).await
    }

    async fn spawn_with(&self, name: &str, has_input: bool) -> Result<Child, ProcessError> {
        let path = format!("cgi-bin/{name}");
        let program = self.scripts.resolve(path.as_bytes())?;
        let place = self.scripts.place().await?;
        let wanted = vec![(MARKER.into(), self.marker().into_bytes())];
        let path = path.as_bytes();
        let environment = self.scripts.environment(path, wanted, &self.log());
        self.scripts
            .start(&program, environment, has_input, self.log(), place)
            .await
    }

    async fn start(&self, script: &str) -> Child {
        self.write("script", &format!("#!/bin/sh\n{script}\n"), 0o755);
        self.spawn("script").await.unwrap()
    }

    async fn start_without_input(&self, script: &str) -> Child {
        self.write("script", &format!("#!/bin/sh\n{script}\n"), 0o755);
        self.spawn_with("script", false).await.unwrap()
    }

    async fn run(&self, script: &str) -> Run {
        finish(self.start(script).await).await.unwrap()
    }

    /// Fails unless the processes end that this test began, zombies among them.
    fn assert_nothing_left(&self) {
        let marker = format!("{MARKER}={}", self.marker());
        eventually("a process is left", || !is_in_an_environment(&marker));
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.assert_nothing_left();
        }
    }
}

async fn read_all(child: &mut Child) -> Result<String, ProcessError> {
    let mut output = Vec::new();
    loop {
        let bytes = child.read(64 * 1024).await?;
        if bytes.is_empty() {
            return Ok(String::from_utf8(output).unwrap());
        }
        output.extend(bytes);
    }
}

async fn finish(mut child: Child) -> Result<Run, ProcessError> {
    drop(child.take_stdin());
    let output = read_all(&mut child).await?;
    let exit = child.wait().await?;
    Ok(Run { output, exit })
}

/// The first line of output: the number that the script gave.
async fn number(child: &mut Child) -> Pid {
    let mut line = Vec::new();
    while !line.ends_with(b"\n") {
        let bytes = child.read(1).await.unwrap();
        assert!(!bytes.is_empty());
        line.extend(bytes);
    }
    pid(std::str::from_utf8(&line).unwrap())
}

fn pid(text: &str) -> Pid {
    Pid::from_raw(text.trim().parse().unwrap()).unwrap()
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn is_in_an_environment(variable: &str) -> bool {
    fs::read_dir("/proc").unwrap().any(|process| {
        let environment = fs::read(process.unwrap().path().join("environ")).unwrap_or_default();
        environment
            .split(|&byte| byte == 0)
            .any(|set| set == variable.as_bytes())
    })
}

/// Whether anything of a group is left, zombies among them.
fn exists(group: Pid) -> bool {
    test_kill_process_group(group) != Err(Errno::SRCH)
}

fn eventually(otherwise: &str, condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < PATIENCE, "{otherwise}");
        std::thread::sleep(LOOK);
    }
}

/// As [`eventually`], but lets the tasks of this runtime work.
async fn soon(otherwise: &str, condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < PATIENCE, "{otherwise}");
        tokio::time::sleep(LOOK).await;
    }
}

#[tokio::test]
async fn a_script_reads_its_input_and_writes_its_output() {
    let site = Site::new();
    let mut child = site.start("cat; echo end; exit 3").await;
    let mut stdin = child.take_stdin().unwrap();
    stdin.write_all(b"one\n").await.unwrap();
    assert_eq!(child.read(100).await.unwrap(), b"one\n");
    stdin.write_all(b"two\n").await.unwrap();
    drop(stdin);
    assert_eq!(read_all(&mut child).await.unwrap(), "two\nend\n");
    let exit = child.wait().await.unwrap();
    assert_eq!(exit.description, "exit status 3");
    assert_eq!(exit.outcome, Outcome::Failed);
}

#[tokio::test]
async fn one_without_input_reads_nothing() {
    let site = Site::new();
    let script = "cat; exec readlink /proc/self/fd/0";
    let mut child = site.start_without_input(script).await;
    assert!(child.take_stdin().is_none());
    assert_eq!(finish(child).await.unwrap().output, "/dev/null\n");
}

#[tokio::test]
async fn one_is_over_when_all_has_been_read_and_its_end_is_known() {
    let site = Site::new();
    for (script, is_over) in [
        ("echo one; sleep 0.02; echo two; exit 1", true),
        ("echo one; echo two", true),
        ("echo one; echo two; kill -KILL $$", false),
    ] {
        let mut child = site.start_without_input(script).await;
        assert!(!child.is_over(), "there is output to read");
        let output = read_all(&mut child).await.unwrap();
        assert_eq!(output, "one\ntwo\n", "{script}");
        child.wait().await.unwrap();
        assert_eq!(child.is_over(), is_over, "{script}");
    }
}

#[tokio::test]
async fn what_comes_early_is_not_held_back_for_what_comes_late() {
    let site = Site::new();
    let script = "echo $$; exec sleep 1000";
    let mut child = site.start_without_input(script).await;
    let group = number(&mut child).await;
    assert!(!child.is_over());
    drop(child);
    soon("it still runs", || !exists(group)).await;
}

#[tokio::test]
async fn more_output_than_a_moment_gathers_comes_whole() {
    let site = Site::new();
    let script = "head -c 10000000 /dev/zero; echo end";
    let child = site.start_without_input(script).await;
    let run = finish(child).await.unwrap();
    assert_eq!(run.output.len(), 10_000_004);
    assert!(run.output.ends_with("end\n"));
}

#[tokio::test]
async fn lines_of_the_first_moment_and_later_ones_are_logged() {
    let site = Site::new();
    for script in [
        "echo one >&2; echo two >&2",
        "echo one >&2; sleep 0.02; echo two >&2",
        "printf one >&2; sleep 0.02; echo >&2; echo two >&2",
    ] {
        let child = site.start_without_input(script).await;
        finish(child).await.unwrap();
        assert_eq!(site.lines(), ["one", "two"], "{script}");
        site.lines.lock().unwrap().clear();
    }
    let script = "head -c 500000 /dev/zero | tr '\\0' '\\n' >&2; echo last >&2";
    finish(site.start_without_input(script).await)
        .await
        .unwrap();
    assert_eq!(site.lines(), ["last"]);
}

#[tokio::test]
async fn ten_megabytes_come_before_the_input_is_read() {
    let site = Site::new();
    let mut child = site.start("head -c 10000000 /dev/zero; cat").await;
    let mut stdin = child.take_stdin().unwrap();
    let write = async move {
        stdin.write_all(&b"x".repeat(1_000_000)).await.unwrap();
    };
    let (output, ()) = tokio::join!(read_all(&mut child), write);
    let output = output.unwrap();
    assert_eq!(output.len(), 11_000_000);
    assert!(output.ends_with("xxx"));
}

#[tokio::test]
async fn the_environment_is_exactly_what_was_asked_for() {
    let site = Site::with(|rules| {
        rules.environment = vec![("DATABASE".into(), "/srv/db".into())];
    });
    // A shell adds variables of its own; its environment as it began doesn't.
    let run = site.run("tr '\\0' '\\n' < /proc/$$/environ").await;
    let mut variables: Vec<_> = run.output.lines().collect();
    variables.sort_unstable();
    let marker = format!("{MARKER}={}", site.marker());
    let root = site.root.path().canonicalize().unwrap();
    let expected = [
        "DATABASE=/srv/db".to_owned(),
        format!("DOCUMENT_ROOT={}", root.display()),
        "GATEWAY_INTERFACE=CGI/1.1".to_owned(),
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".to_owned(),
        format!("SCRIPT_FILENAME={}/cgi-bin/script", root.display()),
        "SCRIPT_NAME=/cgi-bin/script".to_owned(),
        marker,
    ];
    assert_eq!(variables, expected);
}

#[tokio::test]
async fn it_runs_in_its_directory_with_no_arguments_and_no_descriptors() {
    let site = Site::new();
    let run = site
        .run("pwd; echo \"$0\" $#; exec ls -l /proc/self/fd")
        .await;
    let (descriptors, lines): (Vec<&str>, Vec<&str>) =
        run.output.lines().partition(|line| line.contains(" -> "));
    let directory = site.path("script").parent().unwrap().display().to_string();
    assert_eq!(lines[0], directory);
    assert_eq!(lines[1], format!("{directory}/script 0"));
    // `ls` itself opens the directory.
    let (listed, streams): (Vec<&str>, Vec<&str>) =
        descriptors.iter().partition(|line| line.ends_with("/fd"));
    assert_eq!(listed.len(), 1, "{descriptors:?}");
    assert_eq!(streams.len(), 3, "{descriptors:?}");
    assert!(
        streams.iter().all(|line| line.contains("-> pipe:")),
        "{descriptors:?}"
    );
}

#[tokio::test]
async fn under_root_it_runs_as_nobody_without_groups() {
    if !geteuid().is_root() {
        skipped("only root can be another user");
        return;
    }
    let site = Site::new();
    let run = site
        .run("id -u; id -g; id -G; id -ru; cat /proc/self/status | grep -E '^(Uid|Gid|CapEff)'")
        .await;
    let user = super::user::script_user().unwrap().unwrap();
    let (uid, gid) = (user.uid, user.gid);
    let expected = format!(
        "{uid}\n{gid}\n{gid}\n{uid}\nUid:\t{uid}\t{uid}\t{uid}\t{uid}\nGid:\t{gid}\t{gid}\t{gid}\t{gid}\nCapEff:\t0000000000000000\n"
    );
    assert_eq!(run.output, expected);
}

#[tokio::test]
async fn standard_error_is_logged_before_the_end_is_known() {
    let site = Site::new();
    let run = site.run("echo one >&2; echo out; printf 'two' >&2").await;
    assert_eq!(run.output, "out\n");
    assert_eq!(site.lines(), ["one", "two"]);
}

#[tokio::test]
async fn one_that_never_ends_is_killed_in_time() {
    let site = Site::with(|rules| rules.timeout = Duration::from_millis(300));
    let mut child = site.start("echo $$; sleep 1000; echo never").await;
    let group = number(&mut child).await;
    assert!(matches!(child.read(100).await, Err(ProcessError::TimedOut)));
    assert!(matches!(child.wait().await, Err(ProcessError::TimedOut)));
    soon("it still runs", || !exists(group)).await;
}

#[tokio::test]
async fn one_that_never_stops_writing_is_killed_in_time() {
    let site = Site::with(|rules| rules.timeout = Duration::from_millis(300));
    let child = site.start("exec yes").await;
    assert!(matches!(finish(child).await, Err(ProcessError::TimedOut)));
}

#[tokio::test]
async fn one_that_nobody_reads_is_killed_in_time() {
    let site = Site::with(|rules| rules.timeout = Duration::from_millis(300));
    let mut child = site
        .start("echo $$; trap '' TERM; while :; do sleep 1000; done")
        .await;
    let group = number(&mut child).await;
    soon("it still runs", || !exists(group)).await;
    assert!(matches!(child.wait().await, Err(ProcessError::TimedOut)));
}

#[tokio::test]
async fn a_forked_child_that_holds_the_output_is_ended() {
    let site = Site::new();
    let mut child = site.start("echo $$; sleep 1000 & echo out").await;
    let group = number(&mut child).await;
    let run = finish(child).await.unwrap();
    assert_eq!(run.output, "out\n");
    assert_eq!(run.exit.outcome, Outcome::Succeeded);
    soon("it still runs", || !exists(group)).await;
}

#[tokio::test]
async fn a_forked_child_has_a_moment_to_finish() {
    let site = Site::new();
    let run = site
        .run("{ sleep 0.02; echo late; echo line >&2; } & echo out")
        .await;
    assert_eq!(run.output, "out\nlate\n");
    assert_eq!(site.lines(), ["line"]);
}

#[tokio::test]
async fn a_forked_child_that_lingers_is_ended() {
    let site = Site::new();
    let mut child = site
        .start("echo $$; (trap '' TERM; sleep 1000 >&- 2>&-) & exit 0")
        .await;
    let group = number(&mut child).await;
    let exit = finish(child).await.unwrap().exit;
    assert_eq!(exit.outcome, Outcome::Succeeded);
    soon("it still runs", || !exists(group)).await;
}

#[tokio::test]
async fn what_the_pipe_holds_outlasts_the_script() {
    let site = Site::new();
    let mut child = site
        .start("echo $$; head -c 60000 /dev/zero; sleep 1000 &")
        .await;
    let group = number(&mut child).await;
    soon("it still runs", || !exists(group)).await;
    assert_eq!(read_all(&mut child).await.unwrap().len(), 60_000);
}

#[tokio::test]
async fn a_process_that_left_the_group_does_not_hold_up_the_end() {
    let site = Site::new();
    // It would hold the output for as long as a failure takes.
    let start = Instant::now();
    let run = site
        .run("setsid sh -c 'echo $$ >&2; sleep 3; echo never' & sleep 0.1; echo out")
        .await;
    assert_eq!(run.output, "out\n");
    assert!(start.elapsed() < Duration::from_secs(2));
    let daemon = pid(&site.lines()[0]);
    assert!(exists(daemon));
    kill_process_group(daemon, Signal::KILL).unwrap();
    // It has become this process's child, and is reaped at the next occasion.
    while exists(daemon) {
        assert!(start.elapsed() < PATIENCE);
        site.run("exit").await;
    }
}

/// Services of some containers run in a session that isn't numbered.
#[test]
fn a_server_in_no_session_of_its_own_cleans_up_as_well() {
    if !geteuid().is_root() {
        skipped("a PID namespace needs root");
        return;
    }
    let test = "tests::a_process_that_left_the_group_does_not_hold_up_the_end";
    let again = Command::new("unshare")
        .args(["--pid", "--fork", "--kill-child", "--mount-proc", "--"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", test])
        .output();
    match again {
        Ok(again) if again.status.success() => {
            let output = String::from_utf8_lossy(&again.stdout);
            assert!(output.contains("1 passed"), "{output}");
        }
        Ok(again) => panic!("{}", String::from_utf8_lossy(&again.stdout)),
        Err(error) => skipped(&format!("cannot run unshare(1): {error}")),
    }
}

#[tokio::test]
async fn one_may_close_its_output_and_run_on() {
    let site = Site::new();
    let mut child = site.start("echo out; exec >&-; read line; exit 4").await;
    let stdin = child.take_stdin().unwrap();
    assert_eq!(read_all(&mut child).await.unwrap(), "out\n");
    drop(stdin);
    assert_eq!(child.wait().await.unwrap().description, "exit status 4");
}

#[tokio::test]
async fn one_that_is_killed_says_so() {
    let site = Site::new();
    let run = site.run("echo out; kill -KILL $$").await;
    assert_eq!(run.output, "out\n");
    assert_eq!(run.exit.description, "killed by signal 9 (SIGKILL)");
}

#[tokio::test]
async fn a_handle_that_is_dropped_ends_the_whole_group() {
    let site = Site::new();
    let mut child = site.start("echo $$; sleep 1000 | sleep 1000").await;
    let group = number(&mut child).await;
    drop(child);
    soon("it still runs", || !exists(group)).await;
}

#[tokio::test]
async fn one_is_asked_to_end_before_it_is_killed() {
    let site = Site::new();
    let script = "trap 'echo asked >&2; exit' TERM; echo $$; while :; do sleep 0.01; done";
    let mut child = site.start(script).await;
    let group = number(&mut child).await;
    drop(child);
    soon("it still runs", || !exists(group)).await;
    // The shell may have more to say, of the `sleep` that was asked as well.
    soon("it wasn't asked", || {
        site.lines().iter().any(|line| line == "asked")
    })
    .await;
}

#[test]
fn a_runtime_that_stops_leaves_nothing() {
    let site = Site::new();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let group = runtime.block_on(async {
        let mut running = site
            .start("trap '' TERM; echo $$; while :; do sleep 1000; done")
            .await;
        let group = number(&mut running).await;
        // Its supervisor has no time to end it.
        drop(running);
        group
    });
    let (held, other) = runtime.block_on(async {
        let mut running = site.start("echo $$; sleep 1000").await;
        let other = number(&mut running).await;
        (running, other)
    });
    drop(runtime);
    eventually("it still runs", || !exists(group) && !exists(other));
    drop(held);
}

#[tokio::test]
async fn what_is_no_script_is_not_run() {
    let site = Site::new();
    site.write("text", "#!/bin/sh\n", 0o644);
    site.write("../outside", "#!/bin/sh\n", 0o755);
    symlink("../outside", site.path("out")).unwrap();
    fs::create_dir(site.path("directory")).unwrap();
    for name in ["text", "out", "directory", "../outside"] {
        let refused = site.spawn(name).await;
        assert!(matches!(refused, Err(ProcessError::NotPermitted)), "{name}");
    }
    assert!(matches!(
        site.spawn("none").await,
        Err(ProcessError::NotFound)
    ));
}

#[tokio::test]
async fn a_link_within_the_directory_is_run() {
    let site = Site::new();
    site.write("script", "#!/bin/sh\necho $0\n", 0o755);
    symlink("script", site.path("link")).unwrap();
    let run = finish(site.spawn("link").await.unwrap()).await.unwrap();
    assert_eq!(run.output, format!("{}\n", site.path("script").display()));
}

#[tokio::test]
async fn one_that_is_removed_before_it_starts_is_not_found() {
    let site = Site::new();
    site.write("script", "#!/bin/sh\n", 0o755);
    let program = site.scripts.resolve(b"cgi-bin/script").unwrap();
    fs::remove_file(site.path("script")).unwrap();
    let environment = site
        .scripts
        .environment(b"cgi-bin/script", Vec::new(), &site.log());
    let place = site.scripts.place().await.unwrap();
    let refused = site
        .scripts
        .start(&program, environment, true, site.log(), place)
        .await;
    assert!(matches!(refused, Err(ProcessError::NotFound)));
}

#[tokio::test]
async fn one_that_is_removed_while_it_runs_runs_on() {
    let site = Site::new();
    let mut child = site.start("echo $$; read line; echo \"$line\"").await;
    let mut stdin = child.take_stdin().unwrap();
    number(&mut child).await;
    fs::remove_dir_all(site.path("")).unwrap();
    stdin.write_all(b"still here\n").await.unwrap();
    assert_eq!(finish(child).await.unwrap().output, "still here\n");
    assert!(matches!(
        site.scripts.look_up(b"cgi-bin/script"),
        Err(ProcessError::NotFound)
    ));
}

#[tokio::test]
async fn one_that_cannot_start_says_why() {
    let site = Site::new();
    site.write("no-interpreter", "#!/no/such -x\n", 0o755);
    site.write("no-format", "echo hello\n", 0o755);
    site.write("empty", "", 0o755);
    for (name, reason) in [
        (
            "no-interpreter",
            "bad interpreter: there is no \"/no/such\"",
        ),
        ("no-format", "no program of this machine"),
        ("empty", "no program of this machine"),
    ] {
        assert_eq!(
            site.scripts
                .look_up(format!("cgi-bin/{name}").as_bytes())
                .unwrap(),
            PathKind::Script
        );
        let Err(ProcessError::Failed(error)) = site.spawn(name).await else {
            panic!("{name} was started");
        };
        assert!(error.to_string().contains(reason), "{error}");
        assert!(error.to_string().contains(name), "{error}");
    }
}

#[tokio::test]
async fn one_that_nobody_may_execute_is_not_permitted() {
    if !geteuid().is_root() {
        skipped("who isn't root can't read it either");
        return;
    }
    let site = Site::new();
    site.write("script", "#!/bin/sh\n", 0o700);
    assert!(matches!(
        site.spawn("script").await,
        Err(ProcessError::NotPermitted)
    ));
    assert!(site.lines()[0].contains("execute it"), "{:?}", site.lines());
}

#[tokio::test]
async fn no_more_run_at_once_than_may() {
    let site = Site::with(|rules| rules.max_running = 4);
    set_mode(&site.path(""), 0o777);
    // A script that finds more than four of its kind says so.
    let script = "#!/bin/sh\n: > running.$$\nset -- running.*\nsleep 0.01\nrm running.$$\n[ $# -le 4 ] && echo ok\n";
    site.write("script", script, 0o755);
    let runs = (0..50).map(|_| async { finish(site.spawn("script").await?).await });
    for run in join_all(runs).await {
        assert_eq!(run.unwrap().output, "ok\n");
    }
}

#[tokio::test]
async fn one_more_than_may_run_is_refused_after_a_while() {
    let site = Site::with(|rules| {
        rules.max_running = 1;
        rules.queue_timeout = Duration::from_millis(20);
    });
    let child = site.start("echo $$; exec sleep 1000").await;
    assert!(matches!(
        site.spawn("script").await,
        Err(ProcessError::Busy)
    ));
    drop(child);
    let start = Instant::now();
    while let Err(ProcessError::Busy) = site.scripts.place().await {
        assert!(start.elapsed() < PATIENCE);
    }
}

/// Polls all futures until all are done.
async fn join_all<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut waiting: Vec<_> = futures.map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(|context| {
        for (future, done) in &mut waiting {
            if done.is_none()
                && let std::task::Poll::Ready(output) = future.as_mut().poll(context)
            {
                *done = Some(output);
            }
        }
        if waiting.iter().all(|(_, done)| done.is_some()) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    waiting.into_iter().filter_map(|(_, done)| done).collect()
}

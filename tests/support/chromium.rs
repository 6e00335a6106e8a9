//! Headless Chromium over the DevTools protocol, spoken through a pipe: JSON
//! messages that end in NUL, on file descriptors 3 (to the browser) and 4.

use super::PATIENCE;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use tempfile::TempDir;

/// One browser with one page.
pub(crate) struct Browser {
    child: Child,
    to: ChildStdin,
    from: Receiver<Value>,
    session: Option<String>,
    last_id: u64,
    events: Vec<Value>,
    _profile: TempDir,
}

impl Browser {
    /// A browser at `about:blank`; `None` (and says so) if there is none to run.
    #[track_caller]
    pub(crate) fn start() -> Option<Self> {
        Self::start_with(|_| {})
    }

    /// The same for a user whose home is there.
    #[track_caller]
    pub(crate) fn start_at_home(home: &Path) -> Option<Self> {
        Self::start_with(|command| {
            command.env("HOME", home);
        })
    }

    #[track_caller]
    fn start_with(with: impl FnOnce(&mut Command)) -> Option<Self> {
        if !super::tools::available("chromium") {
            return None;
        }
        let profile = TempDir::new().expect("a temporary directory");
        let mut command = Command::new("sh");
        with(&mut command);
        let mut child = command
            .args([
                "-c",
                "exec \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>&1",
                "sh",
            ])
            .args([
                "chromium",
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
            ])
            .args([
                "--no-first-run",
                "--disable-background-networking",
                "--disable-sync",
            ])
            .args([
                "--disable-component-update",
                "--disable-dev-shm-usage",
                "--no-proxy-server",
            ])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .args(["--remote-debugging-pipe", "about:blank"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("sh starts");
        let to = child.stdin.take().expect("stdin is a pipe");
        let output = BufReader::new(child.stdout.take().expect("stdout is a pipe"));
        let (sender, from) = channel();
        std::thread::spawn(move || {
            for message in output.split(0).map_while(Result::ok) {
                let message = serde_json::from_slice(&message).expect("DevTools speaks JSON");
                if sender.send(message).is_err() {
                    break;
                }
            }
        });
        let events = Vec::new();
        let mut browser = Self {
            child,
            to,
            from,
            session: None,
            last_id: 0,
            events,
            _profile: profile,
        };
        browser.open_page();
        Some(browser)
    }

    fn open_page(&mut self) {
        let target = self.call("Target.createTarget", &json!({"url": "about:blank"}));
        let target = target["targetId"].clone();
        let attached = json!({"targetId": target, "flatten": true});
        let attached = self.call("Target.attachToTarget", &attached);
        self.session = attached["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Log", "Network"] {
            self.call(&format!("{domain}.enable"), &json!({}));
        }
    }

    /// Goes to `url` and waits until it has loaded.
    #[track_caller]
    pub(crate) fn navigate(&mut self, url: &str) {
        self.forget_loads();
        let outcome = self.call("Page.navigate", &json!({"url": url}));
        assert!(outcome.get("errorText").is_none(), "{url}: {outcome}");
        self.wait_for_load();
    }

    /// Goes to `url`, which doesn't work; why, by Chromium's name.
    #[track_caller]
    pub(crate) fn fails_to_navigate(&mut self, url: &str) -> String {
        let outcome = self.call("Page.navigate", &json!({"url": url}));
        let reason = outcome["errorText"].as_str();
        reason.unwrap_or_else(|| panic!("{url} works")).to_owned()
    }

    /// Clicks on the link whose text is `text`, and waits for the new page.
    #[track_caller]
    pub(crate) fn follow_link(&mut self, text: &str) {
        self.forget_loads();
        let script = format!(
            "const link = [...document.querySelectorAll('a')]
                .find(link => link.textContent.trim() === {}.trim());
             if (!link) throw new Error('no such link in ' + document.body.innerText);
             link.click()",
            json!(text)
        );
        self.evaluate(&script);
        self.wait_for_load();
    }

    /// The value of a JavaScript expression, or of what that promises.
    #[track_caller]
    pub(crate) fn evaluate(&mut self, script: &str) -> Value {
        let parameters = json!({"expression": script, "returnByValue": true, "awaitPromise": true});
        let outcome = self.call("Runtime.evaluate", &parameters);
        assert!(
            outcome.get("exceptionDetails").is_none(),
            "{script}: {outcome:#}"
        );
        outcome["result"]["value"].clone()
    }

    /// The heading of the page, once it has loaded; none while it gives way to another.
    #[track_caller]
    pub(crate) fn heading(&mut self) -> Option<String> {
        let script =
            "document.readyState === 'complete' && document.querySelector('h1')?.textContent";
        let parameters = json!({"expression": script, "returnByValue": true});
        let outcome = self.try_call("Runtime.evaluate", &parameters).ok()?;
        outcome["result"]["value"].as_str().map(str::to_owned)
    }

    /// For a test of something else than whom the browser trusts.
    pub(crate) fn trust_any_certificate(&mut self) {
        self.call(
            "Security.setIgnoreCertificateErrors",
            &json!({"ignore": true}),
        );
    }

    pub(crate) fn emulate_phone(&mut self) {
        let phone = json!({"width": 360, "height": 740, "deviceScaleFactor": 3, "mobile": true});
        self.call("Emulation.setDeviceMetricsOverride", &phone);
    }

    /// `light` or `dark`, as the operating system would say.
    pub(crate) fn emulate_colour_scheme(&mut self, scheme: &str) {
        let feature = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.call("Emulation.setEmulatedMedia", &feature);
    }

    /// Errors that a user would see in the console, exceptions and failed loads.
    pub(crate) fn errors(&mut self) -> Vec<Value> {
        // A call is answered after all events before it.
        self.evaluate("0");
        let is_error = |event: &&Value| match event["method"].as_str() {
            Some("Runtime.exceptionThrown") => true,
            Some("Runtime.consoleAPICalled") => event["params"]["type"] == "error",
            Some("Log.entryAdded") => event["params"]["entry"]["level"] == "error",
            _ => false,
        };
        self.events.iter().filter(is_error).cloned().collect()
    }

    fn forget_loads(&mut self) {
        self.events
            .retain(|event| event["method"] != "Page.loadEventFired");
    }

    #[track_caller]
    fn wait_for_load(&mut self) {
        while !self
            .events
            .iter()
            .any(|event| event["method"] == "Page.loadEventFired")
        {
            let message = self.receive();
            self.events.push(message);
        }
    }

    #[track_caller]
    fn call(&mut self, method: &str, params: &Value) -> Value {
        let outcome = self.try_call(method, params);
        outcome.unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    #[track_caller]
    fn try_call(&mut self, method: &str, params: &Value) -> Result<Value, Value> {
        self.last_id += 1;
        let id = self.last_id;
        let mut message = json!({"id": id, "method": method, "params": params});
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        self.to.write_all(&bytes).expect("the browser reads");
        loop {
            let mut message = self.receive();
            if message["id"] == id {
                return match message.get("error") {
                    Some(_) => Err(message),
                    None => Ok(message["result"].take()),
                };
            }
            self.events.push(message);
        }
    }

    #[track_caller]
    fn receive(&mut self) -> Value {
        // Starting a browser on a busy machine takes its time.
        self.from
            .recv_timeout(PATIENCE * 3)
            .expect("the browser answers")
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

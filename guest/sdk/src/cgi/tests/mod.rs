//! Scripts that answer whole requests; the scripts are fakes, and all else is
//! as in a component.

mod content;
mod environment;
mod output;
mod paths;

use crate::testing::{Conversation, FakeScript, Outcome};
use crate::{BaseHttpRequestHandler, CgiHttpRequestHandler, Exchange, SimpleHttpRequestHandler};

struct Scripts(Exchange);

impl BaseHttpRequestHandler for Scripts {
    fn new(exchange: Exchange) -> Self {
        Self(exchange)
    }

    fn exchange(&mut self) -> &mut Exchange {
        &mut self.0
    }

    crate::cgi_methods!();
}

impl SimpleHttpRequestHandler for Scripts {}
impl CgiHttpRequestHandler for Scripts {}

const HELLO: &str = "Content-Type: text/plain\n\nhello\n";

/// What a script answers to a request that is written with `\n` line ends.
fn ask(request: &str, script: FakeScript) -> Outcome {
    converse(request)
        .script("cgi-bin/s", script)
        .run::<Scripts>()
}

/// A client that sends this head, and what follows its empty line as it is.
fn converse(request: &str) -> Conversation {
    let (head, content) = request.split_once("\n\n").expect("a head and its end");
    let head = head.replace('\n', "\r\n");
    Conversation::new(format!("{head}\r\n\r\n{content}").as_bytes())
}

impl Outcome {
    /// The response as text.
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.sent).into_owned()
    }

    /// The status code of the first response.
    fn status(&self) -> u16 {
        let text = self.text();
        let code = text.split(' ').nth(1).and_then(|code| code.parse().ok());
        code.unwrap_or_else(|| panic!("no status line: {text}"))
    }

    /// What follows the first head.
    fn content(&self) -> String {
        let text = self.text();
        let (_, content) = text.split_once("\r\n\r\n").expect("a head's end");
        content.to_owned()
    }

    /// Whether the first head has this line.
    fn has_line(&self, line: &str) -> bool {
        let text = self.text();
        let (head, _) = text.split_once("\r\n\r\n").expect("a head's end");
        head.split("\r\n").any(|there| there == line)
    }

    fn logged(&self, what: &str) -> bool {
        self.log.iter().any(|line| line.contains(what))
    }
}

use crate::{GET, run, say};
use std::cell::Cell;
use wasm_host_sdk::{BaseHttpRequestHandler, Exchange, Result};

thread_local! {
    static FINISHED: Cell<u32> = const { Cell::new(0) };
}

struct Tidy {
    exchange: Exchange,
    greeting: String,
}

impl BaseHttpRequestHandler for Tidy {
    fn new(exchange: Exchange) -> Self {
        let greeting = format!("port {}", exchange.client_address().port);
        Self { exchange, greeting }
    }

    fn exchange(&mut self) -> &mut Exchange {
        &mut self.exchange
    }

    fn do_get(&mut self) -> Result<()> {
        let greeting = self.greeting.clone();
        say(self, &greeting)
    }
}

impl Drop for Tidy {
    fn drop(&mut self) {
        FINISHED.set(FINISHED.get() + 1);
    }
}

#[test]
fn setup_is_new_and_finish_is_drop() {
    assert_eq!(run::<Tidy>(GET).response().text(), "port 54321");
    assert_eq!(FINISHED.get(), 1);
}

//! The `rules` interface: the parts of the rules of the site at hand.

use crate::handler::bindings::wasm_host::http::rules::Host;
use crate::handler::state::InstanceState;

impl Host for InstanceState {
    fn look_up(&mut self, key: Vec<u8>) -> wasmtime::Result<Option<Vec<u8>>> {
        Ok(self.rules.get(&key).map(<[u8]>::to_vec))
    }
}

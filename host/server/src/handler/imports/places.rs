//! The `places` interface: places for what takes a handler long.

use crate::admission::LongPlace;
use crate::handler::bindings::wasm_host::http::places::{Host, HostPlace};
use crate::handler::state::InstanceState;
use wasmtime::component::Resource;

impl Host for InstanceState {
    fn take(&mut self) -> wasmtime::Result<Option<Resource<LongPlace>>> {
        self.handles.lose_track();
        let client = self.connection.client_id();
        let place = self.long_work.as_ref().and_then(|work| work.take(client));
        Ok(match place {
            Some(place) => Some(self.table.push(place)?),
            None => None,
        })
    }
}

impl HostPlace for InstanceState {
    fn drop(&mut self, place: Resource<LongPlace>) -> wasmtime::Result<()> {
        self.table.delete(place)?;
        Ok(())
    }
}

//! Client against API against store, over real sockets.

mod ci;
mod cuts;
mod deploys;
mod previews;
mod scene;
mod speed;
mod strangers;
mod tls;

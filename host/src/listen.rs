//! The options of where connections come from, and whose they are.

use crate::failure::Failure;
use crate::given::Given;
use crate::{socket_keeper, values};
use clap::Args;
use wasm_host_server::{
    HttpServerBuilder, ListenOn, Owner, TrustedProxy, UnixSocket, sockets_are_handed_over,
};

/// Where connections come from, and whose they are.
#[derive(Debug, Args)]
pub(super) struct Listen {
    /// Where to listen; repeatable. An address, IPv4 or IPv6, or a host name, with PORT;
    /// unix:PATH for a Unix socket, whose file is made, and removed at the end; or systemd
    /// for the sockets that systemd hands over (LISTEN_FDS) [default: what systemd hands
    /// over, if it does, or else all interfaces].
    #[arg(short, long, value_name = "ADDR", value_parser = values::place)]
    bind: Vec<ListenOn>,

    /// Permissions of the Unix socket's file, as of chmod: who may write may connect
    /// [default: 660].
    #[arg(long, value_name = "MODE", value_parser = values::mode)]
    unix_mode: Option<u32>,

    /// User or group, or both, whose the Unix socket's file becomes, by the names of
    /// /etc/passwd and /etc/group [default: those of this process].
    #[arg(long, value_name = "[USER][:GROUP]")]
    unix_owner: Option<Owner>,

    /// Have each connection begin with a header of the PROXY protocol, version 1 or 2, by
    /// which a proxy says whose it is: nginx's proxy_protocol, HAProxy's send-proxy. Who
    /// sends none is cut off. By TCP it is taken from --trusted-proxy only; by a Unix
    /// socket from whoever may connect, which is up to --unix-mode [default: connections
    /// are their clients' own].
    #[arg(long)]
    proxy_protocol: bool,

    /// Address of a proxy, or network of proxies, that may connect by TCP, and says whose
    /// its connections are; repeatable.
    #[arg(long, value_name = "ADDR[/BITS]", requires = "proxy_protocol")]
    trusted_proxy: Vec<TrustedProxy>,
}

impl Listen {
    /// Adds what they say, or `otherwise` if they say nothing, which is all interfaces if
    /// it is none.
    ///
    /// # Errors
    ///
    /// One has no effect.
    pub(super) fn add_to(
        &self,
        mut builder: HttpServerBuilder,
        given: &Given,
        otherwise: Option<&str>,
    ) -> Result<HttpServerBuilder, Failure> {
        let mut places = self.places();
        if let (true, Some(host)) = (places.is_empty(), otherwise) {
            places.push(ListenOn::Tcp(Some(host.to_owned())));
        }
        self.check(&places, given)?;
        for place in places {
            builder = builder.listen_on(place);
        }
        builder = builder.socket_keeper(socket_keeper::command());
        if self.proxy_protocol {
            builder = builder.proxy_protocol(self.trusted_proxy.iter().copied());
        }
        Ok(builder)
    }

    fn places(&self) -> Vec<ListenOn> {
        if self.bind.is_empty() && sockets_are_handed_over() {
            return vec![ListenOn::HandedOver];
        }
        let place = |place: &ListenOn| match place {
            ListenOn::Unix(socket) => ListenOn::Unix(self.with_permissions(socket.clone())),
            other => other.clone(),
        };
        self.bind.iter().map(place).collect()
    }

    fn with_permissions(&self, mut socket: UnixSocket) -> UnixSocket {
        if let Some(mode) = self.unix_mode {
            socket = socket.mode(mode);
        }
        if let Some(owner) = &self.unix_owner {
            socket = socket.owner(owner.clone());
        }
        socket
    }

    fn check(&self, places: &[ListenOn], given: &Given) -> Result<(), Failure> {
        let any = |is: fn(&ListenOn) -> bool| places.iter().any(is);
        let no_effect = |what: &str, reason| Failure::NotListened {
            what: what.to_owned(),
            reason,
        };
        let has_port = places.is_empty() || any(|place| matches!(place, ListenOn::Tcp(_)));
        if given.has("port") && !has_port {
            let reason = "neither a Unix socket nor one that systemd hands over has one to choose";
            return Err(no_effect("the port", reason));
        }
        if !any(|place| matches!(place, ListenOn::Unix(_))) {
            let reason = "there is no --bind unix:PATH";
            for (option, is_given) in [
                ("--unix-mode", self.unix_mode.is_some()),
                ("--unix-owner", self.unix_owner.is_some()),
            ] {
                if is_given {
                    return Err(no_effect(option, reason));
                }
            }
        }
        if sockets_are_handed_over() && !any(|place| matches!(place, ListenOn::HandedOver)) {
            return Err(Failure::HandedOver);
        }
        Ok(())
    }
}

//! Addresses to listen on: `127.0.0.1:8710`, `[::1]:8710`, `localhost:8710`.

use serde::{Deserialize, Deserializer, de};
use std::net::{SocketAddr, ToSocketAddrs};

/// The address of `HOST:PORT`; of a name with several, the first of IPv4.
fn parse(text: &str) -> Result<SocketAddr, String> {
    if let Ok(address) = text.parse() {
        return Ok(address);
    }
    let example = "write an address and a port, such as \"127.0.0.1:8710\" or \"localhost:8710\"";
    let addresses: Vec<SocketAddr> = text
        .to_socket_addrs()
        .map_err(|error| format!("{text:?} is no address to listen on ({error}); {example}"))?
        .collect();
    let of_ipv4 = addresses.iter().find(|address| address.is_ipv4());
    let address = of_ipv4.or(addresses.first()).copied();
    address.ok_or_else(|| format!("{text:?} has no address; {example}"))
}

pub(super) fn one<'de, D: Deserializer<'de>>(from: D) -> Result<SocketAddr, D::Error> {
    parse(&String::deserialize(from)?).map_err(de::Error::custom)
}

pub(super) fn maybe<'de, D: Deserializer<'de>>(from: D) -> Result<Option<SocketAddr>, D::Error> {
    one(from).map(Some)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn localhost_is_an_address() {
        let address = parse("localhost:8710").unwrap();
        assert!(address.ip().is_loopback() && address.port() == 8710, "{address}");
        assert_eq!(parse("[::1]:1").unwrap(), "[::1]:1".parse().unwrap());
        for wrong in ["8710", "127.0.0.1", "localhost", ""] {
            let fault = parse(wrong).unwrap_err();
            assert!(fault.contains("localhost:8710"), "{fault}");
        }
    }
}

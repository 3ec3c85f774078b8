//! Gateways and readers over TLS.

use crate::RAW;
use crate::support::{hello, server, sound};
use futures_util::SinkExt;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use tokio_tungstenite::WebSocketStream;
use undertone_server::Config;

/// A certificate for `localhost`, and the lines of a table that use it.
fn certificate(folder: &std::path::Path) -> (CertificateDer<'static>, String) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let (chain, key) = (folder.join("chain.pem"), folder.join("key.pem"));
    std::fs::write(&chain, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let (chain, key) = (chain.display(), key.display());
    let tls = format!("tls = {{ certificate = '{chain}', key = '{key}' }}\n");
    (made.cert.der().clone(), tls)
}

async fn tls(
    address: std::net::SocketAddr,
    certificate: &CertificateDer<'static>,
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(certificate.clone()).unwrap();
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = "localhost".try_into().unwrap();
    let tcp = TcpStream::connect(address).await?;
    TlsConnector::from(Arc::new(config)).connect(name, tcp).await
}

#[tokio::test]
async fn a_call_comes_in_over_wss_and_no_other_way() {
    let folder = tempfile::tempdir().unwrap();
    let (certificate, lines) = certificate(folder.path());
    let server = server(&[&format!("{RAW}\n{lines}")]).await;
    let stream = tls(server.address("raw"), &certificate).await.unwrap();
    let (mut client, _): (WebSocketStream<_>, _) =
        tokio_tungstenite::client_async("wss://localhost/", stream).await.unwrap();
    client.send(hello("A-17", "s3cret")).await.unwrap();
    client.send(sound(1.0)).await.unwrap();
    client.close(None).await.unwrap();
    let summary = server.until("summary", 1).await[0].clone();
    assert_eq!((&summary["complete"], summary["audio_s"].as_f64()), (&true.into(), Some(1.0)));
    // Whoever speaks plainly is not answered.
    let mut plain = TcpStream::connect(server.address("raw")).await.unwrap();
    plain.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    let _ = plain.read_to_end(&mut answer).await;
    assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
    // Whoever asks for another certificate goes away.
    let other = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    assert!(tls(server.address("raw"), other.cert.der()).await.is_err());
    server.until_metric("gateway_connected{gateway=\"raw\"}", 0).await;
    server.stop().await;
}

#[tokio::test]
async fn a_certificate_that_cannot_be_used_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (_, lines) = certificate(folder.path());
    std::fs::write(folder.path().join("key.pem"), "not a key").unwrap();
    let config = format!(
        "[http]\nlisten = \"127.0.0.1:0\"\n[[gateway]]\nlisten = \"127.0.0.1:0\"\n{RAW}\n{lines}"
    );
    let refused = crate::support::bind(&config).await.err().unwrap().to_string();
    assert!(refused.contains("raw: ") && refused.contains("key.pem"), "{refused}");
    assert!(Config::parse(&config).is_ok(), "the file is the fault, not the table");
}

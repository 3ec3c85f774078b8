//! Several calls over RTP at the same gateway.

use crate::support::server;
use std::net::UdpSocket;
use std::time::Duration;

/// The first of two even ports that are free, as far as one can know.
fn two_ports() -> u16 {
    for _ in 0..100 {
        let first = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        if UdpSocket::bind(("127.0.0.1", first.wrapping_add(2))).is_ok() {
            return first;
        }
    }
    panic!("no two ports are free");
}

/// A PCMU packet of 20 ms.
fn packet(number: u16, ssrc: u8) -> Vec<u8> {
    let mut packet = vec![0x80, 0];
    packet.extend(number.to_be_bytes());
    packet.extend((u32::from(number) * 160).to_be_bytes());
    packet.extend([0, 0, 0, ssrc]);
    packet.extend((0..160_u8).map(|n| if n % 16 < 8 { 0x90 } else { 0x10 }));
    packet
}

#[tokio::test]
async fn calls_come_in_side_by_side_each_at_its_port() {
    let first = two_ports();
    let gateway = "name = \"rtp\"\nkind = \"rtp\"\nports = 2\nsilence_s = 0.5\n";
    let server = crate::support::server_at(&[(gateway, first)]).await;
    let peers = [0, 2].map(|further| {
        let peer = UdpSocket::bind("127.0.0.1:0").unwrap();
        peer.connect(("127.0.0.1", first + further)).unwrap();
        peer
    });
    for number in 0..100 {
        // The second call is half as long.
        for (ssrc, peer) in peers.iter().enumerate().take(if number < 50 { 2 } else { 1 }) {
            peer.send(&packet(number, ssrc as u8)).unwrap();
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let summaries = server.until("summary", 2).await;
    let mut lengths: Vec<f64> =
        summaries.iter().map(|summary| summary["audio_s"].as_f64().unwrap()).collect();
    lengths.sort_by(f64::total_cmp);
    assert!((lengths[0] - 1.0).abs() < 0.05 && (lengths[1] - 2.0).abs() < 0.05, "{lengths:?}");
    assert_ne!(summaries[0]["call"], summaries[1]["call"]);
    // A port is free again once its call has ended.
    peers[1].send(&packet(500, 9)).unwrap();
    peers[1].send(&packet(501, 9)).unwrap();
    assert_eq!(server.until("start", 3).await.len(), 3);
    server.stop().await;
}

#[tokio::test]
async fn a_stranger_cannot_speak_into_a_call() {
    let gateway = "name = \"rtp\"\nkind = \"rtp\"\nallow = [\"10.0.0.0/8\"]\n";
    let server = server(&[gateway]).await;
    let stranger = UdpSocket::bind("127.0.0.1:0").unwrap();
    stranger.send_to(&packet(1, 1), server.address("rtp")).unwrap();
    server.refused("rtp", "address", 1).await;
    assert!(server.of_type("start").is_empty());
    server.stop().await;
}

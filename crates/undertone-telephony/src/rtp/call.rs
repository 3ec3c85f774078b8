//! One call over RTP: a stream a lane, and who sends it.

use super::{RtpSettings, RtpStream};
use crate::{CallStart, Counters, WireEvent};
use std::net::IpAddr;
use std::time::Instant;

/// A datagram of somebody who has no part in the call; it was not taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not who sends this lane")]
pub struct Stranger(pub IpAddr);

/// One call between its ports and its lanes.
///
/// RTP has no word for the beginning of a call: the first packet of any lane begins it, and
/// from then on each lane is taken from the address alone that spoke on it first. There is
/// no word for the end either; whoever owns this decides when there has been silence for
/// long enough.
#[derive(Debug)]
pub struct RtpCall {
    lanes: Vec<Port>,
    began: Option<Instant>,
}

/// What comes in at the port of one lane.
#[derive(Debug)]
struct Port {
    settings: RtpSettings,
    stream: Option<RtpStream>,
    sender: Option<IpAddr>,
}

impl RtpCall {
    /// A call that has not begun; one port a lane, in the order of `settings`.
    pub fn new(settings: Vec<RtpSettings>) -> Self {
        let port = |settings| Port { settings, stream: None, sender: None };
        Self { lanes: settings.into_iter().map(port).collect(), began: None }
    }

    /// Takes in a datagram that `peer` sent to the port of lane number `lane` and that
    /// arrived at `now`; appends what follows from it. The first packet of the call begins
    /// with [`WireEvent::Started`].
    ///
    /// # Errors
    /// [`Stranger`] if somebody else sends this lane, or there is no such lane.
    pub fn receive(
        &mut self,
        lane: usize,
        datagram: &[u8],
        peer: IpAddr,
        now: Instant,
        out: &mut Vec<WireEvent>,
    ) -> Result<(), Stranger> {
        let began = self.began;
        let port = self.lanes.get_mut(lane).ok_or(Stranger(peer))?;
        if port.sender.is_some_and(|sender| sender != peer) {
            return Err(Stranger(peer));
        }
        let stream =
            port.stream.get_or_insert_with(|| RtpStream::new(port.settings.clone(), began));
        let before = out.len();
        if !stream.push(datagram, now, out) {
            out.truncate(before);
            return Ok(());
        }
        port.sender = Some(peer);
        if self.began.is_none() {
            self.began = Some(now);
            let lanes = self.lanes.iter().map(|port| port.settings.lane).collect();
            let start = WireEvent::Started(CallStart { call: None, lanes, token: None });
            out.insert(before, start);
        }
        Ok(())
    }

    /// Appends what has been waited for long enough by `now`.
    pub fn poll(&mut self, now: Instant, out: &mut Vec<WireEvent>) {
        self.streams().for_each(|stream| stream.poll(now, out));
    }

    /// Appends everything still held back: nothing more will come.
    pub fn flush(&mut self, out: &mut Vec<WireEvent>) {
        self.streams().for_each(|stream| stream.flush(out));
    }

    /// When [`poll`](Self::poll) has something to say even if nothing arrives.
    pub fn deadline(&self) -> Option<Instant> {
        self.lanes.iter().filter_map(|port| port.stream.as_ref()?.deadline()).min()
    }

    /// What happened to the packets of all lanes since the call began.
    pub fn counters(&self) -> Counters {
        let streams = self.lanes.iter().filter_map(|port| port.stream.as_ref());
        streams.map(RtpStream::counters).fold(Counters::default(), Counters::plus)
    }

    /// The call was refused: the next packet of anybody begins another.
    pub fn forget(&mut self) {
        for port in &mut self.lanes {
            (port.stream, port.sender) = (None, None);
        }
        self.began = None;
    }

    fn streams(&mut self) -> impl Iterator<Item = &mut RtpStream> {
        self.lanes.iter_mut().filter_map(|port| port.stream.as_mut())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use undertone_signal::Lane;

    const CUSTOMER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
    const OTHER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));

    fn call() -> RtpCall {
        RtpCall::new([Lane::Customer, Lane::Agent].map(RtpSettings::new).into())
    }

    /// A PCMU packet of 20 ms.
    fn packet(number: u16) -> Vec<u8> {
        let mut packet = vec![0x80, 0];
        packet.extend(number.to_be_bytes());
        packet.extend((u32::from(number) * 160).to_be_bytes());
        packet.extend([0, 0, 0, 7]);
        packet.extend([0x90; 160]);
        packet
    }

    fn starts(events: &[WireEvent]) -> usize {
        events.iter().filter(|event| matches!(event, WireEvent::Started(_))).count()
    }

    /// Ten packets at the port of a lane.
    fn speak(call: &mut RtpCall, lane: usize, peer: IpAddr, now: Instant) -> Vec<WireEvent> {
        let mut out = Vec::new();
        for number in 0..10 {
            let at = now + Duration::from_millis(20) * u32::from(number);
            assert_eq!(call.receive(lane, &packet(number), peer, at, &mut out), Ok(()));
        }
        out
    }

    #[test]
    fn the_first_packet_of_any_lane_begins_the_call_and_no_other() {
        let (mut call, now) = (call(), Instant::now());
        let first = speak(&mut call, 1, OTHER, now);
        let lanes = vec![Lane::Customer, Lane::Agent];
        let start = CallStart { call: None, lanes, token: None };
        assert_eq!(first.first(), Some(&WireEvent::Started(start)));
        let second = speak(&mut call, 0, CUSTOMER, now + Duration::from_secs(1));
        assert_eq!((starts(&first), starts(&second)), (1, 0));
        assert_eq!(call.counters().packets, 20);
    }

    #[test]
    fn a_lane_belongs_to_who_spoke_on_it_first() {
        let (mut call, now) = (call(), Instant::now());
        speak(&mut call, 0, CUSTOMER, now);
        let mut out = Vec::new();
        let answer = call.receive(0, &packet(10), OTHER, now, &mut out);
        assert_eq!((answer, out.len()), (Err(Stranger(OTHER)), 0));
        assert_eq!(call.receive(2, &packet(0), OTHER, now, &mut out), Err(Stranger(OTHER)));
        call.forget();
        assert_eq!(starts(&speak(&mut call, 0, OTHER, now)), 1, "refused: anybody may begin");
    }

    #[test]
    fn what_is_no_packet_begins_nothing() {
        let (mut call, now, mut out) = (call(), Instant::now(), Vec::new());
        assert_eq!(call.receive(0, b"hello", OTHER, now, &mut out), Ok(()));
        assert!(out.is_empty());
        assert_eq!(call.counters().unusable, 1);
        assert_eq!(starts(&speak(&mut call, 0, CUSTOMER, now)), 1);
    }
}

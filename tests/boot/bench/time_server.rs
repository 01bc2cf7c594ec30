//! A time server: NTP as RFC 5905 has it, with the host's time.

use std::net::{IpAddr, UdpSocket};
use std::thread;

use super::host_time;
use test_support::ntp;

/// RFC 863: what comes there is thrown away.
const CALL_PORT: u16 = 9;

/// Serves in the network namespace of the calling thread, until the process ends.
pub fn start(address: IpAddr, dispersion_s: f64) {
    let socket = listen(address, ntp::PORT);
    thread::spawn(move || serve(&socket, dispersion_s));
}

/// The same, but nobody is there until the guest has sent a packet to `CALL_PORT`.
pub fn start_when_called(address: IpAddr, dispersion_s: f64) {
    let call = listen(address, CALL_PORT);
    // The thread is born in the namespace, and so is what it opens.
    thread::spawn(move || {
        if call.recv_from(&mut [0; 1]).is_ok() {
            serve(&listen(address, ntp::PORT), dispersion_s);
        }
    });
}

fn listen(address: IpAddr, port: u16) -> UdpSocket {
    UdpSocket::bind((address, port)).expect("listening as the time server")
}

fn serve(socket: &UdpSocket, dispersion_s: f64) {
    ntp::serve(socket, dispersion_s, |_| Some(timestamp()));
}

/// The host's time.
fn timestamp() -> [u8; 8] {
    let ns = host_time::now_ns();
    let fraction = (((ns % 1_000_000_000) << 32) / 1_000_000_000) as u32;
    ntp::timestamp((ns / 1_000_000_000) as u64 + ntp::EPOCH_S, fraction)
}

//! A time server: NTP as RFC 5905 has it, with the host's time.

use std::net::{IpAddr, Ipv4Addr, UdpSocket};
use std::thread;

use super::host_time;

/// From NTP's epoch, 1900, to Unix's.
const NTP_EPOCH_S: u128 = 2_208_988_800;
const NTP_PORT: u16 = 123;
/// RFC 863: what comes there is thrown away.
const CALL_PORT: u16 = 9;
const CLIENT: u8 = 3;
const SERVER: u8 = 4;
const STRATUM: u8 = 3;
const PRECISION: i8 = -20;

/// Serves in the network namespace of the calling thread, until the process ends. The dispersion is how far the server
/// says that it may be off: chronyd weighs two sources that disagree by it.
pub fn start(address: IpAddr, dispersion_s: f64) {
    let socket = listen(address, NTP_PORT);
    thread::spawn(move || serve(&socket, dispersion_s));
}

/// The same, but nobody is there until the guest has sent a packet to `CALL_PORT`.
pub fn start_when_called(address: IpAddr, dispersion_s: f64) {
    let call = listen(address, CALL_PORT);
    // The thread is born in the namespace, and so is what it opens.
    thread::spawn(move || {
        if call.recv_from(&mut [0; 1]).is_ok() {
            serve(&listen(address, NTP_PORT), dispersion_s);
        }
    });
}

fn listen(address: IpAddr, port: u16) -> UdpSocket {
    UdpSocket::bind((address, port)).expect("listening as the time server")
}

fn serve(socket: &UdpSocket, dispersion_s: f64) {
    let mut request = [0; 1024];
    while let Ok((length, client)) = socket.recv_from(&mut request) {
        let received = timestamp();
        if length >= 48 && request[0] & 7 == CLIENT {
            let _ = socket.send_to(&answer(&request, received, dispersion_s), client);
        }
    }
}

fn answer(request: &[u8], received: [u8; 8], dispersion_s: f64) -> [u8; 48] {
    let mut packet = [0; 48];
    let version = request[0] & 0b0011_1000;
    packet[..4].copy_from_slice(&[version | SERVER, STRATUM, request[2], PRECISION.cast_unsigned()]);
    packet[8..12].copy_from_slice(&((dispersion_s * 65536.0) as u32).to_be_bytes());
    packet[12..16].copy_from_slice(&Ipv4Addr::new(192, 0, 2, 1).octets());
    packet[16..24].copy_from_slice(&received);
    packet[24..32].copy_from_slice(&request[40..48]);
    packet[32..40].copy_from_slice(&received);
    packet[40..48].copy_from_slice(&timestamp());
    packet
}

/// Seconds and their fraction, 32 bits each.
fn timestamp() -> [u8; 8] {
    let ns = host_time::now_ns();
    let seconds = (ns / 1_000_000_000 + NTP_EPOCH_S) as u32;
    let fraction = (((ns % 1_000_000_000) << 32) / 1_000_000_000) as u32;
    ((u64::from(seconds) << 32) | u64::from(fraction)).to_be_bytes()
}

//! A time server, as RFC 5905 has it.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::{SystemTime, UNIX_EPOCH};

/// From NTP's epoch, 1900, to Unix's.
pub const EPOCH_S: u64 = 2_208_988_800;
pub const PORT: u16 = 123;

const CLIENT: u8 = 3;
const SERVER: u8 = 4;
const STRATUM: u8 = 3;
const PRECISION: i8 = -20;

/// A client's question, version 4.
pub fn request(sent: [u8; 8]) -> [u8; 48] {
    let mut packet = [0; 48];
    packet[0] = 4 << 3 | CLIENT;
    packet[40..48].copy_from_slice(&sent);
    packet
}

/// Answers for ever. The dispersion is how far the server says that it may be off: chronyd weighs two sources that disagree
/// by it. `now` is the time for a client; one that gets none is not answered.
pub fn serve(socket: &UdpSocket, dispersion_s: f64, now: impl Fn(SocketAddr) -> Option<[u8; 8]>) {
    let mut request = [0; 1024];
    while let Ok((length, client)) = socket.recv_from(&mut request) {
        let received = now(client);
        if length < 48 || request[0] & 7 != CLIENT {
            continue;
        }
        if let (Some(received), Some(sent)) = (received, now(client)) {
            let _ = socket.send_to(&answer(&request, received, sent, dispersion_s), client);
        }
    }
}

fn answer(request: &[u8], received: [u8; 8], sent: [u8; 8], dispersion_s: f64) -> [u8; 48] {
    let mut packet = [0; 48];
    let version = request[0] & 0b0011_1000;
    packet[..4].copy_from_slice(&[version | SERVER, STRATUM, request[2], PRECISION.cast_unsigned()]);
    packet[8..12].copy_from_slice(&((dispersion_s * 65536.0) as u32).to_be_bytes());
    packet[12..16].copy_from_slice(&Ipv4Addr::new(192, 0, 2, 1).octets());
    packet[16..24].copy_from_slice(&received);
    packet[24..32].copy_from_slice(&request[40..48]);
    packet[32..40].copy_from_slice(&received);
    packet[40..48].copy_from_slice(&sent);
    packet
}

/// The host's time.
pub fn now() -> [u8; 8] {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a host clock after 1970");
    let fraction = (u64::from(now.subsec_nanos()) << 32) / 1_000_000_000;
    timestamp(now.as_secs() + EPOCH_S, fraction as u32)
}

/// Seconds since 1900 and their fraction, 32 bits each.
pub fn timestamp(seconds: u64, fraction: u32) -> [u8; 8] {
    (((seconds & 0xffff_ffff) << 32) | u64::from(fraction)).to_be_bytes()
}

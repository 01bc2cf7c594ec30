//! What is outside: a time server that is off by another amount for everybody who asks, and somebody who asks for the time.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::clock::Time;
use test_support::{Namespace, ntp};

/// By how much the server says that it may be off. Sources that claim less than they differ by are falsetickers to chronyd.
const DISPERSION_S: f64 = 0.02;

/// A time server, while it is not switched off.
pub struct Server {
    silent: Arc<AtomicBool>,
}

impl Server {
    /// `error_s` is what an address is told beside the truth.
    pub fn start(at: Ipv4Addr, time: Time, error_s: fn(Ipv4Addr) -> f64) -> Server {
        let socket = UdpSocket::bind((at, ntp::PORT)).expect("listening as the time server");
        let silent = Arc::new(AtomicBool::new(false));
        let server = Server { silent: silent.clone() };
        thread::spawn(move || {
            ntp::serve(&socket, DISPERSION_S, |client| {
                let SocketAddr::V4(client) = client else { return None };
                let told = time.as_ntp(time.passed() + error_s(*client.ip()));
                (!silent.load(Ordering::Relaxed)).then_some(told)
            });
        });
        server
    }

    pub fn switch_off(&self) {
        self.silent.store(true, Ordering::Relaxed);
    }
}

/// By how many seconds a machine's clock is off, as its chronyd serves it: the answer of the shortest way, of some. None
/// where nobody answers.
pub fn error_of(space: &Namespace, from: Ipv4Addr, machine: Ipv4Addr, time: Time) -> Option<f64> {
    let ask = || {
        let socket = UdpSocket::bind((from, 0)).expect("a socket outside");
        socket.set_read_timeout(Some(Duration::from_millis(200))).expect("a timeout");
        let sent = time.passed();
        socket.send_to(&ntp::request(time.as_ntp(sent)), SocketAddrV4::new(machine, ntp::PORT)).ok()?;
        let mut answer = [0; 128];
        let (length, _) = socket.recv_from(&mut answer).ok()?;
        let received = time.passed();
        let [there, back] = [&answer[32..40], &answer[40..48]].map(|bytes| time.of_ntp(bytes));
        (length >= 48).then_some((received - sent, ((there - sent) + (back - received)) / 2.0))
    };
    space.enter(|| {
        let answers = (0..6).filter_map(|_| ask());
        answers.min_by(|one, other| one.0.total_cmp(&other.0)).map(|(_, error)| error)
    })
}

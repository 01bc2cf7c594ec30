//! A network that is not there yet, and one that leads elsewhere.

use std::net::TcpStream;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use test_support::imds::*;
use test_support::{has, has_namespaces};

use super::*;

#[test]
fn the_production_addresses_are_the_documented_ones() {
    let Endpoints { v4, aws_v6, oci_v6 } = Endpoints::link_local();
    assert_eq!(v4.to_string(), "169.254.169.254:80");
    assert_eq!(aws_v6, Some("[fd00:ec2::254]:80".parse().unwrap()));
    assert_eq!(oci_v6, Some("[fd00:c1::a9fe:a9fe]:80".parse().unwrap()));
}

#[test]
fn refused_connections_end_with_the_deadline() {
    let (answer, took) = ask(at(closed("127.0.0.2")), MS(1000));
    assert_ask_again(&answer, "Connection refused");
    assert!(took < MS(1000) + LATE, "took {took:?}");
}

/// A full accept queue drops SYNs, as a link without a neighbour does.
#[test]
fn an_address_that_swallows_packets_is_unreachable() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let _guard = runtime.enter();
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let _queue: Vec<_> = (0..4).map(|_| TcpStream::connect_timeout(&address, MS(100))).collect();
    for deadline in [MS(300), MS(2000)] {
        let (answer, took) = thread::spawn(move || ask(at(address), deadline)).join().unwrap();
        assert_ask_again(&answer, "connecting to 127.0.0.1");
        assert!(took < deadline + LATE, "took {took:?}");
    }
}

#[test]
fn a_service_that_comes_up_late_is_found() {
    let address = closed("127.0.0.4");
    let server = thread::spawn(move || {
        thread::sleep(MS(1500));
        Server::on(&address.to_string(), aws)
    });
    let (answer, took) = ask(at(address), DEADLINE);
    assert!(matches!(answer, Answer::Proved(_)), "{answer:?}");
    assert!((MS(1500)..MS(1500) + LATE).contains(&took), "took {took:?}");
    server.join().unwrap();
}

#[test]
fn busy_services_are_asked_again() {
    for status in [429, 500, 503] {
        let asked = AtomicUsize::new(0);
        let server = Server::answering(move |request| match asked.fetch_add(1, Ordering::SeqCst) < 6 {
            true => reply(status, "", ""),
            false => oci(request),
        });
        let answer = answer(server.address);
        assert!(matches!(answer, Answer::Proved(_)), "after {status}: {answer:?}");
    }
}

#[test]
fn busy_services_end_with_the_deadline_and_may_answer_later() {
    let (answer, took) = ask(at(Server::answering(|_| reply(503, "", "")).address), MS(1000));
    assert_ask_again(&answer, "PUT /latest/api/token: status 503");
    assert!((MS(500)..MS(1000) + LATE).contains(&took), "took {took:?}");
}

#[test]
fn a_disabled_service_is_asked_once() {
    let server = Server::answering(|_| reply(403, "", ""));
    let (answer, took) = quickest(|| at(server.address));
    assert_no_proof(&answer, "PUT /latest/api/token: status 403");
    assert_eq!(server.connections(), 5 * 4);
    assert!(took < MS(240), "took {took:?}");
}

#[test]
fn redirects_are_never_followed() {
    for status in [301, 302, 303, 307, 308] {
        let elsewhere = Server::answering(oci);
        let location = format!("Location: http://{}/opc/v2/instance/\r\n", elsewhere.address);
        let server = Server::answering(move |_| reply(status, &location, ""));
        assert_no_proof(&answer(server.address), &format!("GET /opc/v2/instance/: status {status}"));
        assert_eq!(elsewhere.connections(), 0, "{status} was followed");
    }
}

/// Not a test: [`child`] runs this test again in a process with another environment.
#[test]
#[ignore = "run by the tests that need a process of their own"]
fn in_a_child() {
    let address: SocketAddr = std::env::var("ASK").unwrap().parse().unwrap();
    if std::env::var_os("LINK_COMES_UP").is_some() {
        thread::spawn(|| {
            thread::sleep(MS(1000));
            assert!(Command::new("ip").args(["link", "set", "lo", "up"]).status().unwrap().success());
        });
        let server = Server::on(&format!("0.0.0.0:{}", address.port()), aws);
        return println!(
            "answer: {:?} after {} connections",
            ask(at(address), DEADLINE).0,
            server.connections()
        );
    }
    let before = peak_memory();
    let (answer, took) = ask(at(address), DEADLINE);
    let grown = peak_memory() - before;
    println!("answer: {answer:?}\nKiB: {grown}\nms: {}", took.as_millis());
}

/// VmHWM of this process, in KiB.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// What [`in_a_child`] prints, run under `prefix`.
pub fn child(prefix: &[&str], ask: SocketAddr, env: &[(&str, &str)]) -> String {
    let own = std::env::current_exe().unwrap();
    let words = prefix.iter().map(std::ffi::OsStr::new).chain([own.as_os_str()]).collect::<Vec<_>>();
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).args(["--ignored", "--exact", "reach::in_a_child", "--nocapture"]);
    let output = command.env("ASK", ask.to_string()).envs(env.iter().copied()).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn proxies_in_the_environment_are_ignored() {
    let (server, proxy) = (Server::answering(azure), Server::answering(gce));
    let url = format!("http://{}", proxy.address);
    let names = ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "https_proxy"];
    let printed = child(&[], server.address, &names.map(|name| (name, url.as_str())));
    assert!(printed.contains("IMDS answers as that of Microsoft Azure"), "{printed}");
    assert_eq!(proxy.connections(), 0, "the proxy was used");
}

/// ENETUNREACH comes at once, so only the retries find the link that comes up a second later.
#[test]
fn no_route_at_first_is_waited_out() {
    if !has("ip") || !has_namespaces() {
        return;
    }
    let printed = child(&["unshare", "-r", "-n"], "127.0.0.1:80".parse().unwrap(), &[("LINK_COMES_UP", "")]);
    assert!(printed.contains("IMDS answers as that of Amazon EC2"), "{printed}");
}

//! The sources that chronyd has, and what stands between it and them.

use super::Scope::Live;
use super::{Check, Subject, Verdict, cluster, given, right, wrong};
use crate::machine::{ClockSource, ConfLine, Running};
use crate::platform::Platform;

pub const CHECKS: &[Check] = &[
    Check {
        name: "no-other-source",
        scope: Live,
        says: "chronyd has no source but those that are wanted",
        ask: no_other,
        next: "systemctl restart chronyd drops what was added with chronyc",
    },
    Check {
        name: "reference",
        scope: Live,
        says: "chronyd follows one of the sources that are wanted",
        ask: reference,
        next: "chronyc -N sources, chronyc ntpdata and chronyc selectdata say why",
    },
    Check {
        name: "ptp-clock",
        scope: Live,
        says: "The PTP clock, where one is used, is there and can be read",
        ask: ptp_clock,
        next: "chronyd exits without it: cloud-timesync apply writes the fallback, but for \
               chrony_conf = \"keep\"",
    },
    Check {
        name: "firewall",
        scope: Live,
        says: "On OCI, no packet filter stands in the way of UDP port 123",
        ask: firewall,
        next: "let UDP port 123 to 169.254.169.254 through",
    },
];

/// OCI's time server.
const OCI_SERVER: &str = "169.254.169.254";

fn no_other(subject: &Subject) -> Verdict {
    given(subject.sources(), |sources| {
        let others: Vec<&str> = sources
            .iter()
            .filter(|source| !is_wanted(subject, source))
            .map(|source| source.name.as_str())
            .collect();
        if others.is_empty() { right("") } else { wrong(others.join(", "), wanted(subject)) }
    })
}

fn reference(subject: &Subject) -> Verdict {
    given(subject.sources(), |sources| match sources.iter().find(|source| source.state == '*') {
        None if cluster::is_alone(subject) && subject.tracking().is_ok_and(cluster::leads) => {
            right("none: this machine leads the mesh")
        }
        None => wrong("none is selected", wanted(subject)),
        Some(source) if is_wanted(subject, source) => right(&source.name),
        Some(source) => wrong(&source.name, wanted(subject)),
    })
}

/// The lines that name sources, taken apart. Where none are wanted, every source is right.
fn wanted_lines(subject: &Subject) -> Option<Vec<ConfLine>> {
    let lines = subject.lines()?.iter().filter_map(|line| ConfLine::parse(&line.directive));
    Some(lines.filter(ConfLine::is_source).collect())
}

fn is_wanted(subject: &Subject, source: &ClockSource) -> bool {
    let Some(lines) = wanted_lines(subject) else { return true };
    let from_dhcp = |running: &Running| running.dhcp_servers.contains(&source.name);
    lines.iter().any(|line| match line.name.as_str() {
        "refclock" => source.mode == '#' && is_called(line, &source.name),
        _ => line.word(0) == source.name,
    }) || (subject.wants_dhcp() && subject.running().is_ok_and(from_dhcp))
}

/// chronyd names a clock by its refid, else by a number: PHC0.
fn is_called(line: &ConfLine, name: &str) -> bool {
    let refid = line.words.iter().skip_while(|word| *word != "refid").nth(1);
    refid.map_or_else(|| name.starts_with("PHC"), |refid| refid == name)
}

fn wanted(subject: &Subject) -> String {
    let Some(lines) = wanted_lines(subject) else { return "one of those in chrony.conf".to_owned() };
    let name = |line: &ConfLine| line.word(usize::from(line.name == "refclock")).to_owned();
    let dhcp = subject.wants_dhcp().then(|| "one of DHCP's".to_owned());
    lines.iter().map(name).chain(dhcp).collect::<Vec<_>>().join(" or ")
}

fn ptp_clock(subject: &Subject) -> Verdict {
    given(subject.running(), |running| {
        for (path, opened) in &running.devices {
            if let Err(why) = opened {
                return wrong(format!("{}: {why}", path.display()), "a device that can be opened");
            }
        }
        let paths: Vec<String> = running.devices.keys().map(|path| path.display().to_string()).collect();
        if paths.is_empty() { right("none is used") } else { right(paths.join(", ")) }
    })
}

/// An answer is the better proof: rules are looked at only where there is none.
fn firewall(subject: &Subject) -> Verdict {
    if subject.machine.identity.platform != Platform::Oci {
        return right("this is not OCI");
    }
    let answers =
        |sources: &[ClockSource]| sources.iter().any(|source| source.name == OCI_SERVER && source.reach != 0);
    if subject.sources().is_ok_and(answers) {
        return right(format!("{OCI_SERVER} answers"));
    }
    let rules = subject.running().and_then(|running| running.firewall.as_deref().map_err(Clone::clone));
    given(rules, |rules| match rules.iter().find(|rule| is_in_the_way(rule)) {
        Some(rule) => wrong(rule, format!("UDP port 123 to {OCI_SERVER} is let through")),
        None => right("no rule is in its way"),
    })
}

/// A rule of nft or iptables that drops what goes to the time server. It may be one that an earlier
/// rule makes harmless; but the server does not answer.
fn is_in_the_way(rule: &str) -> bool {
    let rule = rule.to_ascii_lowercase();
    let words = || rule.split([' ', ';', ',']);
    let drops = words().any(|word| matches!(word, "drop" | "reject"));
    let other_protocol = words().any(|word| matches!(word, "tcp" | "icmp"));
    let there = rule.contains("169.254.") || words().any(|word| matches!(word, "123" | "ntp"));
    let by_default = rule.contains("hook output") || rule.starts_with(":output");
    drops && !other_protocol && !is_for_others(words()) && (there || by_default)
}

/// Names single hosts of the link-local network, and the server is none of them.
fn is_for_others<'a>(words: impl Iterator<Item = &'a str>) -> bool {
    let hosts = words.map(|word| word.trim_end_matches("/32"));
    let mut hosts = hosts.filter(|word| word.starts_with("169.254.") && !word.contains('/')).peekable();
    hosts.peek().is_some() && hosts.all(|host| host != OCI_SERVER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_that_drop_time_are_told_from_others() {
        for rule in [
            "-A OUTPUT -d 169.254.0.0/16 -p udp -j REJECT --reject-with icmp-port-unreachable",
            "udp dport 123 drop",
            ":OUTPUT DROP [0:0]",
            "type filter hook output priority filter; policy drop;",
            "ip daddr { 169.254.7.98, 169.254.169.254 } drop",
        ] {
            assert!(is_in_the_way(rule), "{rule}");
        }
        for rule in [
            "-A InstanceServices -d 169.254.169.254/32 -p udp -m udp --dport 123 -j ACCEPT",
            "-A InstanceServices -d 169.254.0.0/16 -p tcp -m tcp -j REJECT --reject-with tcp-reset",
            "-A INPUT -j REJECT --reject-with icmp-host-prohibited",
            ":OUTPUT ACCEPT [0:0]",
            "ip daddr 169.254.7.98 udp dport 123 drop",
            "-A OUTPUT -d 169.254.7.98/32 -p udp -m udp --dport 123 -j DROP",
        ] {
            assert!(!is_in_the_way(rule), "{rule}");
        }
    }
}

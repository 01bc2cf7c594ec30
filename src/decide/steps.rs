//! Rules of when the clock is stepped and when it is slewed, and what keeps a clock that was paused with its machine from
//! overshooting. What was measured is in docs/step-policy.md.

use std::iter;

use super::line::Line;
use crate::conf::ConfLine;
use crate::config::{Config, Makestep, Millis, StepPolicy};

/// A line of chrony.conf that names no source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    pub directive: String,
    /// Reason, as lines of comment.
    pub says: &'static str,
}

/// Both policies step beyond this many seconds; they differ in when.
const THRESHOLD: Millis = Millis(1000);

const PLAN: &str =
    "# Step the clock in the first 3 updates if it is off by more than 1 second; slew it later.";

const RESUME: &str = "\
# Step the clock whenever it is off by more than 1 second. A machine that was paused or migrated
# comes back with a clock that lags, and to slew it takes minutes.";

const COCKROACH: &str = "\
# CockroachDB is on this machine: step the clock in the first 3 updates if it is off by more than 1 second, and slew it
# later. After a pause that takes 12 seconds a second; `step_policy = \"resume\"` steps.";

/// Both are policy on every platform: chronyd's own limit is 1 s, and with a pause of up to that it takes the mean of old and
/// new measurements for a rate. 0.03 s would lose starts where a server's answers scatter by 60 ms (docs/step-policy.md).
const CONSISTENT: (&str, &str) = (
    "maxjitter 0.1",
    "\
# While measurements contradict each other by more than this (in seconds), follow none of them: the
# mean of old and new ones would drive the clock past the right time.",
);

/// The least that chronyd comes back with is six; below six its test against delays that go one way is off. The interval between
/// two questions grows beyond 8 samples only (`polltarget`).
const FORGETFUL: (&str, &str) = (
    "maxsamples 8",
    "\
# Forget early, and ask once a minute: what was measured before a pause contradicts what is measured after it.",
);

/// A clock that is read every 8 seconds has eight readings soon, and one that is of both times: in half of all pauses of 2 to 8 s
/// chronyd went too far by 0.6 to 3 s. What it then believes is a second or more off by its own reckoning.
const CAREFUL: (&str, &str) = (
    "maxdistance 0.2",
    "\
# Nor follow what may be off by more than this (in seconds): a clock that is read during a pause.",
);

/// Directive that steps a clock that is off by less than the policy's threshold, which chronyd would slew: 0.9 s take 10 s.
/// Only while the gate waits: then nothing that minds its clock has started. chrony-wait lets 0.1 s pass.
pub const EARLY_STEP: &str = "makestep 0.1 3";

const EARLY_THRESHOLD: Millis = Millis(100);

const OPERATORS: &str = "# As [makestep] in /etc/cloud-timesync/config.toml says.";

/// The directives of the policy next to these sources, with the operator's own numbers in makestep.
pub fn steps(config: &Config, lines: &[Line], has_cockroach: bool) -> Vec<Rule> {
    let (limit, says) = match config.step_policy {
        Some(StepPolicy::Plan) => (3, PLAN),
        None if has_cockroach => (3, COCKROACH),
        Some(StepPolicy::Resume) | None => (-1, RESUME),
    };
    let own = config.makestep;
    let threshold = own.threshold.unwrap_or(THRESHOLD);
    let limit = own.limit.unwrap_or(limit);
    let says = if own == Makestep::default() { says } else { OPERATORS };
    let makestep = Rule { directive: format!("makestep {threshold} {limit}"), says };
    let is_plan = config.step_policy == Some(StepPolicy::Plan);
    let has = |is_it: fn(&ConfLine) -> bool| lines.iter().any(|line| is_it(&line.directive));
    // With more than 8 chronyd knows the rate better, and servers that it asks once in 64 s bring the clock back as soon.
    let forgets = !is_plan && !config.starts_fast() && has(|line| line.is_asked_seldom());
    let has_own = has(|line| line.name == "maxdistance");
    let is_careful =
        forgets && !has_own && has(|line| line.name == "refclock" && line.is_selectable_source());
    let others = [(!is_plan, CONSISTENT), (forgets, FORGETFUL), (is_careful, CAREFUL)];
    let others = others.into_iter().filter(|(wanted, _)| *wanted);
    let others = others.map(|(_, (directive, says))| Rule { directive: directive.to_owned(), says });
    iter::once(makestep).chain(others).collect()
}

/// The makestep that chronyd goes back to after the gate has waited; None where it has the same all the time.
pub fn after_early_step(config: &Config, rules: &[Rule]) -> Option<String> {
    let steps_as_early = config.makestep.threshold.is_some_and(|own| own <= EARLY_THRESHOLD);
    let makestep = rules.iter().map(|rule| &rule.directive).find(|rule| rule.starts_with("makestep "));
    makestep.filter(|_| config.starts_fast() && !steps_as_early).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::Scale;

    const SELDOM: &str = "server metadata.google.internal prefer iburst";

    fn rules(settings: &str, sources: &str, has_cockroach: bool) -> Vec<Rule> {
        let config = toml::from_str(settings).expect("a configuration");
        let line =
            |source: &str| Line { directive: source.into(), scale: Scale::Unknown, says: "", page: "" };
        let lines: Vec<Line> = sources.lines().map(line).collect();
        steps(&config, &lines, has_cockroach)
    }

    fn directives(settings: &str) -> Vec<String> {
        rules(settings, SELDOM, false).into_iter().map(|rule| rule.directive).collect()
    }

    #[test]
    fn the_plans_policy_is_its_directive_and_no_other() {
        for name in ["plan", "boot"] {
            assert_eq!(directives(&format!("step_policy = \"{name}\"")), ["makestep 1.0 3"]);
        }
    }

    #[test]
    fn the_resume_policy_is_the_default() {
        let wanted = ["makestep 1.0 -1", "maxjitter 0.1", "maxsamples 8"];
        assert_eq!(directives("step_policy = \"resume\""), wanted);
        assert_eq!(directives(""), wanted);
    }

    #[test]
    fn only_servers_that_are_asked_seldom_have_few_samples() {
        let is_limited = |settings: &str, source: &str| {
            rules(settings, source, false).iter().any(|rule| rule.directive.starts_with("maxsamples "))
        };
        for (source, wanted) in [
            (SELDOM, true),
            ("pool ntp.example.com iburst", true),
            ("server a minpoll 4 maxpoll 10 iburst", true),
            ("server a minpoll 4 maxpoll 4", false),
            ("pool ntp.example.com iburst MaxPoll 6", false),
            ("server a iburst noselect", false),
            ("refclock PHC /dev/ptp_kvm poll 2", false),
            ("sourcedir /run/chrony-dhcp", false),
            ("refclock PHC /dev/ptp_hyperv poll 3\nserver time.windows.com iburst", true),
            ("refclock PHC /dev/ptp_kvm poll 3 noselect\nserver a iburst", true),
        ] {
            assert_eq!(is_limited("", source), wanted, "{source}");
            assert!(!is_limited("fast_start = true", source), "{source}");
        }
    }

    #[test]
    fn a_clock_that_forgets_early_is_not_believed_at_any_distance() {
        let last = |sources: &str| rules("", sources, false).last().map(|rule| rule.directive.clone());
        let azure = "refclock PHC /dev/ptp_hyperv poll 3\nserver time.windows.com iburst";
        assert_eq!(last(azure).as_deref(), Some("maxdistance 0.2"));
        assert_eq!(last(&format!("{azure}\nMaxDistance 1")).as_deref(), Some("maxsamples 8"));
        assert_eq!(last(SELDOM).as_deref(), Some("maxsamples 8"));
        let card = "refclock PHC /dev/ptp_ena poll 0\npool ntp.example.com iburst maxpoll 6";
        assert_eq!(last(card).as_deref(), Some("maxjitter 0.1"));
    }

    #[test]
    fn next_to_cockroach_only_the_operator_has_steps_later() {
        let makestep = |settings: &str| rules(settings, SELDOM, true)[0].directive.clone();
        assert_eq!(makestep(""), "makestep 1.0 3");
        assert_eq!(makestep("step_policy = \"resume\""), "makestep 1.0 -1");
        assert_eq!(makestep("[makestep]\nlimit = -1"), "makestep 1.0 -1");
        let others: Vec<_> = rules("", SELDOM, true).into_iter().skip(1).collect();
        assert_eq!(others, rules("", SELDOM, false)[1..]);
    }

    #[test]
    fn a_fast_start_steps_early_and_goes_back_to_the_policy() {
        let after = |settings: &str| {
            let config = toml::from_str(settings).expect("a configuration");
            after_early_step(&config, &rules(settings, SELDOM, false))
        };
        assert_eq!(after("fast_start = true").as_deref(), Some("makestep 1.0 -1"));
        assert_eq!(after("fast_start = true\nstep_policy = \"plan\"").as_deref(), Some("makestep 1.0 3"));
        assert_eq!(after("fast_start = false"), None);
        let own = |threshold| format!("fast_start = true\n[makestep]\nthreshold = {threshold}\nlimit = 5");
        assert_eq!(after(&own("0.25")).as_deref(), Some("makestep 0.25 5"));
        // 0.1 would be the larger one.
        assert_eq!(after(&own("0.05")), None);
    }

    #[test]
    fn an_operators_numbers_take_the_place_of_the_policys() {
        let own = "[makestep]\nthreshold = 0.25\nlimit = 5";
        assert_eq!(directives(own), ["makestep 0.25 5", "maxjitter 0.1", "maxsamples 8"]);
        assert_eq!(directives(&format!("step_policy = \"plan\"\n{own}")), ["makestep 0.25 5"]);
    }

    #[test]
    fn a_number_that_the_operator_does_not_say_is_the_policys() {
        for (policy, wanted) in [
            ("resume", ["makestep 0.25 -1", "makestep 1.0 5"]),
            ("plan", ["makestep 0.25 3", "makestep 1.0 5"]),
        ] {
            for (own, wanted) in ["threshold = 0.25", "limit = 5"].into_iter().zip(wanted) {
                let own = format!("step_policy = \"{policy}\"\n[makestep]\n{own}");
                assert_eq!(directives(&own)[0], wanted, "{own}");
            }
        }
    }
}

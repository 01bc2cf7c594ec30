//! When the clock is stepped and when it is slewed, and what keeps a clock that was paused with its machine from
//! overshooting. What was measured is in docs/step-policy.md.

use std::iter;

use crate::config::{Config, Makestep, Millis, StepPolicy};

/// A line of chrony.conf that names no source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    pub directive: String,
    /// Its reason, as lines of comment.
    pub says: &'static str,
}

/// Both policies step beyond this many seconds; they differ in when.
const THRESHOLD: Millis = Millis(1000);

const BOOT: &str =
    "# Step the clock in the first 3 updates if it is off by more than 1 second; slew it later.";

const RESUME: &str = "\
# Step the clock whenever it is off by more than 1 second. A machine that was paused or migrated
# comes back with a clock that lags, and to slew it takes minutes.";

/// What the resume policy has beside makestep.
const FORGETFUL: [(&str, &str); 2] = [
    (
        "maxsamples 4",
        "\
# Forget early: what was measured before a pause contradicts what is measured after it.",
    ),
    (
        "maxjitter 0.03",
        "\
# While measurements contradict each other by more than this (in seconds), follow none of them: the
# mean of old and new ones would drive the clock past the right time.",
    ),
];

/// What steps a clock that is off by less than the policy's threshold, which chronyd would slew: 0.9 s take 10 s. Only while
/// the gate waits: then nothing that minds its clock has started. chrony-wait lets 0.1 s pass.
pub const EARLY_STEP: &str = "makestep 0.1 3";

const EARLY_THRESHOLD: Millis = Millis(100);

const OPERATORS: &str = "# As [makestep] in /etc/cloud-timesync/config.toml says.";

/// The directives of the policy that is configured, with the operator's own numbers in makestep.
pub fn steps(config: &Config) -> Vec<Rule> {
    let (limit, says, others) = match config.step_policy {
        StepPolicy::Boot => (3, BOOT, &FORGETFUL[..0]),
        StepPolicy::Resume => (-1, RESUME, &FORGETFUL[..]),
    };
    let own = config.makestep;
    let threshold = own.threshold.unwrap_or(THRESHOLD);
    let limit = own.limit.unwrap_or(limit);
    let says = if own == Makestep::default() { says } else { OPERATORS };
    let makestep = Rule { directive: format!("makestep {threshold} {limit}"), says };
    let others = others.iter().map(|&(directive, says)| Rule { directive: directive.to_owned(), says });
    iter::once(makestep).chain(others).collect()
}

/// The makestep that chronyd goes back to after the gate has waited; None where it has the same all the time.
pub fn after_early_step(config: &Config, rules: &[Rule]) -> Option<String> {
    let steps_as_early = config.makestep.threshold.is_some_and(|own| own <= EARLY_THRESHOLD);
    let makestep = rules.iter().map(|rule| &rule.directive).find(|rule| rule.starts_with("makestep "));
    makestep.filter(|_| config.fast_start && !steps_as_early).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directives(settings: &str) -> Vec<String> {
        let config = toml::from_str(settings).expect("a configuration");
        steps(&config).into_iter().map(|rule| rule.directive).collect()
    }

    #[test]
    fn the_boot_policy_is_the_plans_directive() {
        assert_eq!(directives("step_policy = \"boot\""), ["makestep 1.0 3"]);
    }

    #[test]
    fn the_resume_policy_is_the_default() {
        let wanted = ["makestep 1.0 -1", "maxsamples 4", "maxjitter 0.03"];
        assert_eq!(directives("step_policy = \"resume\""), wanted);
        assert_eq!(directives(""), wanted);
    }

    #[test]
    fn a_fast_start_steps_early_and_goes_back_to_the_policy() {
        let after = |settings: &str| {
            let config = toml::from_str(settings).expect("a configuration");
            after_early_step(&config, &steps(&config))
        };
        assert_eq!(after("fast_start = true").as_deref(), Some("makestep 1.0 -1"));
        assert_eq!(after("fast_start = true\nstep_policy = \"boot\"").as_deref(), Some("makestep 1.0 3"));
        assert_eq!(after("fast_start = false"), None);
        let own = |threshold| format!("fast_start = true\n[makestep]\nthreshold = {threshold}\nlimit = 5");
        assert_eq!(after(&own("0.25")).as_deref(), Some("makestep 0.25 5"));
        // 0.1 would be the larger one.
        assert_eq!(after(&own("0.05")), None);
    }

    #[test]
    fn an_operators_numbers_take_the_place_of_the_policys() {
        let own = "[makestep]\nthreshold = 0.25\nlimit = 5";
        assert_eq!(directives(own), ["makestep 0.25 5", "maxsamples 4", "maxjitter 0.03"]);
        assert_eq!(directives(&format!("step_policy = \"boot\"\n{own}")), ["makestep 0.25 5"]);
    }

    #[test]
    fn a_number_that_the_operator_does_not_say_is_the_policys() {
        for (policy, wanted) in [
            ("resume", ["makestep 0.25 -1", "makestep 1.0 5"]),
            ("boot", ["makestep 0.25 3", "makestep 1.0 5"]),
        ] {
            for (own, wanted) in ["threshold = 0.25", "limit = 5"].into_iter().zip(wanted) {
                let own = format!("step_policy = \"{policy}\"\n[makestep]\n{own}");
                assert_eq!(directives(&own)[0], wanted, "{own}");
            }
        }
    }
}

//! A boot, told to a person.

use test_support::{Entry, Evidence};

/// The whole of a boot, told to a person. What chronyd follows is what the scenario's script looked at.
pub fn story(evidence: &Evidence) -> String {
    let said: String = evidence.agent().into_iter().map(Entry::line).collect();
    let step = evidence.clock_step().map_or("it was not stepped", Entry::message);
    let error = evidence.clock_error_at_start().map_or("unknown".to_owned(), |error| format!("{error:.3} s"));
    format!(
        "\nWhat the agent said, in seconds since the kernel began\n{said}\n\
         What started when\n{}\n\
         The clock\n  \
         at power on: ten years ahead\n  \
         chronyd: {step}\n  \
         when scylla-server started, it was off by: {error}\n\n\
         What chronyd follows\n{}",
        evidence.timeline(),
        evidence.look()
    )
}

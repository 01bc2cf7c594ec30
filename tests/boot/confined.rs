//! What the agent's sandbox holds back, on a real systemd: a script in the agent's place tries to write everywhere. It runs
//! in the boot of another scenario.

/// All that the agent may write.
const ALLOWED: [&str; 5] =
    ["/etc", "/etc/systemd/system", "/etc/chrony", "/var/lib/cloud-timesync", "/run/cloud-timesync"];
/// What belongs to the agent's boot, or is the agent.
const NOT_THE_SANDBOXES: [&str; 5] =
    ["ExecStart", "RemainAfterExit", "SuccessExitStatus", "StandardOutput", "SyslogIdentifier"];
const TRIES: &str = "[Service]\nType=oneshot\nExecStart=/bin/bash /run/bench-tries\n";

/// For the guest.
pub fn script() -> String {
    let unit = include_str!("../../systemd/cloud-timesync.service");
    let service = unit.split("[Service]").nth(1).and_then(|rest| rest.split("[Install]").next());
    let service = service.expect("the unit has a [Service] section and an [Install] section");
    let is_kept = |line: &&str| !NOT_THE_SANDBOXES.contains(&line.split('=').next().unwrap_or_default());
    let sandbox: Vec<&str> = service.lines().filter(is_kept).collect();
    let function = |name, unit: &str| format!("{name}() {{ cat << 'END'\n{unit}\nEND\n}}\n");
    let sandboxed = function("sandbox_unit", &format!("{TRIES}{}", sandbox.join("\n")));
    format!("{sandboxed}{}{}", function("free_unit", TRIES), include_str!("confined.sh"))
}

/// `look` is what the script printed.
pub fn assert_held_back(look: &str) {
    let written = |kind: &str| -> Vec<&str> {
        look.lines().filter_map(|line| line.strip_prefix(kind)?.strip_prefix(' ')).collect()
    };
    assert_eq!(written("sandbox"), ALLOWED, "{look}");
    // Each of the tries does write, where nothing holds it back.
    let free = written("free");
    assert_eq!(free.len(), 30, "{look}");
    assert!(ALLOWED.iter().all(|path| free.contains(path)), "{look}");
}

//! cloud-init in a machine's tree: what it is given, and its units as other distributions have them.

use std::fs;
use std::path::Path;

use crate::{put, run};

/// The configuration of the agent's that `WRITES_A_CONFIGURATION` brings.
pub const SITES_STEPS: &str = "makestep 1.0 3";

/// User data that brings the agent a configuration.
pub const WRITES_A_CONFIGURATION: &str = "write_files:\n  - path: /etc/cloud-timesync/config.toml.d/50-site.toml\n    \
                                          content: |\n      step_policy = \"boot\"\n";

/// User data by which cloud-init writes chrony.conf and restarts chronyd.
pub const WRITES_CHRONY_CONF: &str =
    "ntp: {enabled: true, ntp_client: chrony, servers: [ntp.tenant.example]}\n";

/// Gives cloud-init this user data, these settings of the image's, and these modules of its network and config stages.
pub fn give(root: &Path, user_data: &str, image: &str, [network, config]: [&str; 2]) {
    put(root, "var/lib/cloud/seed/nocloud/meta-data", "instance-id: i-0123456789abcdef0\n");
    put(root, "var/lib/cloud/seed/nocloud/user-data", &format!("#cloud-config\n{user_data}"));
    put(
        root,
        "etc/cloud/cloud.cfg.d/90-image.cfg",
        &format!(
            "datasource_list: [NoCloud, None]\nnetwork: {{config: disabled}}\n{image}\
             cloud_init_modules: [{network}]\ncloud_config_modules: [{config}]\ncloud_final_modules: []\n"
        ),
    );
}

/// The network stage as cloud-init's systemd/cloud-init-network.service.tmpl is rendered for RHEL, after a network that takes
/// so long.
pub fn render_for_rhel(root: &Path, seconds: u32) {
    let units = root.join("usr/lib/systemd/system");
    let stage = units.join("cloud-init-network.service");
    let text = fs::read_to_string(&stage).expect("cloud-init's unit");
    let is_debians = |line: &&str| {
        line.starts_with("DefaultDependencies=")
            || line.ends_with("=shutdown.target")
            || ["Before=sysinit.target", "Before=chronyd.service", "After=networking.service"].contains(line)
    };
    let text: Vec<&str> = text.lines().filter(|line| !is_debians(line)).collect();
    assert!(text.contains(&"[Unit]") && text.contains(&"TimeoutSec=0"), "{text:?}");
    let text = text.join("\n").replacen("[Unit]", "[Unit]\nAfter=NetworkManager-wait-online.service", 1);
    fs::write(&stage, text + "\n").expect("writing cloud-init's unit");
    let network = format!(
        "[Unit]\nBefore=network-online.target\n[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=sleep {seconds}\n\
         [Install]\nWantedBy=multi-user.target\n"
    );
    fs::write(units.join("NetworkManager-wait-online.service"), network).expect("writing the network's unit");
    let mut systemctl = std::process::Command::new("systemctl");
    run(systemctl.arg("--root").arg(root).args(["enable", "NetworkManager-wait-online.service"]));
}

//! cloud-init's module for NTP, cc_ntp: whether it is going to write chrony.conf, whether it has, and what tells it to.

use std::path::Path;

use crate::error::Result;
use crate::machine::{CloudInit, NtpFrom};
use crate::names::{CLOUD_INIT, CLOUD_INIT_DIR};
use crate::receipt::Receipt;
use crate::root::{Entry, Root};

/// cloud-init's generator makes it in every boot in which cloud-init is to run.
const ENABLED: &str = "/run/cloud-init/enabled";

/// cc_ntp makes it before it writes, once for each instance: cloudinit/helpers.py, FileSemaphores.
const SEMAPHORE: &str = "/var/lib/cloud/instance/sem/config_ntp";

/// What cc_ntp renders, by distribution: chrony.conf.debian.tmpl.
const TEMPLATES: &str = "/etc/cloud/templates";

/// What cloud-init made of vendor data and of user data, which comes last.
const DATA: [&str; 2] =
    ["/var/lib/cloud/instance/vendor-cloud-config.txt", "/var/lib/cloud/instance/cloud-config.txt"];

/// None where cloud-init is not installed. `edited` is a chrony.conf that is not as the agent wrote it, with its text.
pub fn cloud_init(
    root: &Root,
    receipt: &Receipt,
    edited: Option<(&Path, &str)>,
    after_its_config: bool,
) -> Result<Option<CloudInit>> {
    if !root.exists(CLOUD_INIT_DIR) {
        return Ok(None);
    }
    let has_run = root.exists(SEMAPHORE);
    let has_written = match edited {
        Some((conf, text)) => {
            // The one pass that follows it directly needs no more than that cc_ntp moved the agent's file away: user data may
            // have a template of its own.
            after_its_config && is_moved_away(root, receipt, conf) || has_run && is_rendered(root, text)?
        }
        None => false,
    };
    let may_write = root.exists(ENABLED) && !has_run;
    Ok(Some(CloudInit { may_write, has_written, ntp: ntp(root)? }))
}

/// cc_ntp renames what it replaces.
fn is_moved_away(root: &Root, receipt: &Receipt, conf: &Path) -> bool {
    let moved = root.text(format!("{}.dist", conf.display()));
    moved.is_some_and(|text| receipt.has_written(conf, &text))
}

/// The text is one that a template of cloud-init's renders to.
fn is_rendered(root: &Root, text: &str) -> Result<bool> {
    let is_chronys = |entry: &Entry| entry.name.starts_with("chrony.conf.") && entry.name.ends_with(".tmpl");
    let templates = root.list(TEMPLATES)?.into_iter().filter(is_chronys);
    let mut templates = templates.filter_map(|entry| root.text(Path::new(TEMPLATES).join(entry.name)));
    Ok(templates.any(|template| renders(&template, text)))
}

/// Compares what the template has of its own. Beside that it has a heading and a loop for each kind of source.
fn renders(template: &str, text: &str) -> bool {
    const HEADINGS: [&str; 2] = ["# pools", "# servers"];
    const LOOPS: [&str; 4] = ["pool", "server", "peer", "allow"];
    let is_plain = |line: &&str| {
        let word = line.split(' ').next().unwrap_or_default();
        let is_markup = line.contains("{%") || line.starts_with("## template:");
        !(line.is_empty() || is_markup || HEADINGS.contains(line) || LOOPS.contains(&word))
    };
    // cc_ntp asks the distribution's pools where it is given nothing else: one of the headings is always there.
    text.lines().any(|line| HEADINGS.contains(&line))
        && template
            .lines()
            .map(str::trim_end)
            .filter(is_plain)
            .eq(text.lines().map(str::trim_end).filter(is_plain))
}

/// The last of those that outrank the agent's fragment, if it enables NTP: a mapping is merged with those before it.
fn ntp(root: &Root) -> Result<Option<NtpFrom>> {
    let ours = Path::new(CLOUD_INIT).file_name().and_then(|name| name.to_str());
    let is_later = |entry: &Entry| entry.name.ends_with(".cfg") && Some(entry.name.as_str()) > ours;
    let files = root.list(CLOUD_INIT_DIR)?.into_iter().filter(is_later);
    let files = files.map(|entry| NtpFrom::File(format!("{CLOUD_INIT_DIR}/{}", entry.name)));
    let data = DATA.map(|path| NtpFrom::Data(path.to_owned()));
    let mut words = files.chain(data).filter_map(|from| {
        let (NtpFrom::File(path) | NtpFrom::Data(path)) = &from;
        let enabled = enables_ntp(&root.text(path)?)?;
        Some((from, enabled))
    });
    Ok(words.next_back().and_then(|(from, enabled)| enabled.then_some(from)))
}

/// What a cloud-config's `ntp:` says of `enabled:`; None where it says nothing. Of YAML no more is read than it takes.
fn enables_ntp(text: &str) -> Option<bool> {
    let mut lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    let is_key = |rest: &&str| rest.starts_with([':', '"', '\'']);
    let mut keys = lines.by_ref().map(|line| line.trim_start_matches(['{', '"', '\'']));
    let head = keys.find_map(|line| line.strip_prefix("ntp").filter(is_key))?;
    let block = lines.take_while(|line| line.is_empty() || line.starts_with([' ', '\t']));
    let block: Vec<&str> = std::iter::once(head).chain(block).collect();
    let block = block.join("\n");
    let (_, value) = block.split_once("enabled")?;
    let value = value.trim_start_matches(['"', '\'', ':', ' ']);
    let word = value.split(|letter: char| !letter.is_alphanumeric()).next().unwrap_or_default();
    // cloudinit/util.py, is_false.
    Some(!["off", "0", "no", "false"].contains(&word.to_ascii_lowercase().as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ntp_that_is_enabled_is_seen_in_every_style() {
        let says = |text: &str| enables_ntp(text);
        assert_eq!(says("#cloud-config\nntp:\n  ntp_client: chrony\n  enabled: true\n"), Some(true));
        assert_eq!(says("ntp: {enabled: true, ntp_client: chrony, servers: [a]}\n"), Some(true));
        assert_eq!(says("ntp:\n    # enabled: true\n    enabled: 'no'\nother: 1\n"), Some(false));
        assert_eq!(says("{\"ntp\": {\"enabled\": false}}"), Some(false));
        for silent in [
            "",
            "ntp:\n  servers: [a]\n",
            "ntp:\nother:\n  enabled: true\n",
            "ntp_other:\n  enabled: true\n",
            "# ntp: {enabled: true}\n",
        ] {
            assert_eq!(says(silent), None, "{silent}");
        }
    }

    const TEMPLATE: &str = "## template:jinja\n# Welcome to the chrony configuration file.\n{% if pools %}# pools\n{% endif %}\n\
                            {% for pool in pools -%}\npool {{pool}} iburst\n{% endfor %}\n\
                            {%- if servers %}# servers\n{% endif %}\n{% for server in servers -%}\n\
                            server {{server}} iburst\n{% endfor %}\n\ndriftfile /var/lib/chrony/chrony.drift\n";

    #[test]
    fn what_a_template_renders_to_is_known() {
        let with = |more: &str| {
            format!(
                "# Welcome to the chrony configuration file.\n# servers\nserver ntp.tenant.example iburst\n\n\
                 driftfile /var/lib/chrony/chrony.drift\n{more}"
            )
        };
        assert!(renders(TEMPLATE, &with("")));
        assert!(!renders(TEMPLATE, &with("makestep 1 3\n")), "an operator edited it");
        assert!(!renders(TEMPLATE, &with("").replace("# servers\n", "")), "cc_ntp did not write it");
    }
}

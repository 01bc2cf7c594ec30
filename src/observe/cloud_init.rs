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

/// Templates that cc_ntp renders, by distribution: chrony.conf.debian.tmpl.
const TEMPLATES: &str = "/etc/cloud/templates";

/// Files that cloud-init made of vendor data and of user data, which comes last.
const DATA: [&str; 2] =
    ["/var/lib/cloud/instance/vendor-cloud-config.txt", "/var/lib/cloud/instance/cloud-config.txt"];

/// Seconds. cc_ntp makes its semaphore, moves chrony.conf away and writes its own within one or two.
const LONGEST: i64 = 60;

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
    let has_written = match edited {
        Some((conf, text)) => {
            // The one pass that follows it directly does not ask for the text: user data may have a template of its own.
            is_replaced(root, receipt, conf, after_its_config)
                && (after_its_config || is_rendered(root, text)?)
        }
        None => false,
    };
    let may_write = root.exists(ENABLED) && !root.exists(SEMAPHORE);
    Ok(Some(CloudInit { may_write, has_written, ntp: ntp(root)? }))
}

/// cc_ntp renamed the agent's file, and wrote right after that. What is there from another time is an operator's, or an
/// earlier instance's.
fn is_replaced(root: &Root, receipt: &Receipt, conf: &Path, after_its_config: bool) -> bool {
    let dist = format!("{}.dist", conf.display());
    let is_ours = root.text(&dist).is_some_and(|text| receipt.has_written(conf, &text));
    // The file system notes a renaming as a change, not as a modification.
    let (Some(moved), Some(written)) = (root.times(&dist), root.times(conf)) else { return false };
    let is_soon = |from: i64, to: i64| (0..=LONGEST).contains(&(to - from));
    let is_its_own = match (root.times(SEMAPHORE), root.times(ENABLED)) {
        (Some(begun), _) => is_soon(begun.modified, moved.changed),
        // `[ntp, always]` has no semaphore: in this boot.
        (None, Some(boot)) => after_its_config && boot.modified <= moved.changed,
        (None, None) => false,
    };
    is_ours && is_its_own && is_soon(moved.changed, written.modified)
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
    let files = root.files_in([CLOUD_INIT_DIR], ".cfg")?.into_iter();
    let later = files.filter(|path| path.as_path() > Path::new(CLOUD_INIT));
    let files = later.map(|path| NtpFrom::File(path.display().to_string()));
    let data = DATA.map(|path| NtpFrom::Data(path.to_owned()));
    let mut words = files.chain(data).filter_map(|from| {
        let (NtpFrom::File(path) | NtpFrom::Data(path) | NtpFrom::Unclear(path)) = &from;
        match enables_ntp(&root.text(path)?) {
            Ok(enabled) => Some(enabled?.then_some(from)),
            Err(Unclear) => Some(Some(NtpFrom::Unclear(path.clone()))),
        }
    });
    Ok(words.next_back().flatten())
}

/// Style that is not read here. Of YAML no more is read than cloud-configs mostly need.
#[derive(Debug, PartialEq, Eq)]
struct Unclear;

/// Reads what a cloud-config's `ntp:` says of `enabled:`; None where it says nothing.
fn enables_ntp(text: &str) -> std::result::Result<Option<bool>, Unclear> {
    let lines = text.lines().filter_map(|line| line.split(" #").next());
    let lines: Vec<&str> =
        lines.filter(|line| !line.trim().is_empty() && !line.starts_with(['#', '-', '.', '%'])).collect();
    let Some(ntp) = value(&lines.join("\n"), "ntp")? else { return Ok(None) };
    // Without a value it takes that of the files before it, or their default: cloud-init's versions differ.
    if ntp.trim().is_empty() {
        return Err(Unclear);
    }
    let Some(enabled) = value(&ntp, "enabled")? else { return Ok(None) };
    let enabled = enabled.trim();
    if enabled.starts_with(['!', '&', '*', '{', '[', '|', '>']) {
        return Err(Unclear);
    }
    // cloudinit/util.py, is_false.
    let word = enabled.trim_matches(['"', '\'']).to_ascii_lowercase();
    Ok(Some(!["off", "0", "no", "false"].contains(&word.as_str())))
}

/// The value of a mapping's key, the last one where there are several.
fn value(mapping: &str, key: &str) -> std::result::Result<Option<String>, Unclear> {
    let is_key = |word: &str| word.trim().trim_matches(['"', '\'']) == key;
    if mapping.trim_start().starts_with('{') {
        let pairs = flow_pairs(mapping.trim()).ok_or(Unclear)?;
        let found = pairs.into_iter().rev().find(|(word, _)| is_key(word));
        return Ok(found.map(|(_, value)| value.to_owned()));
    }
    let depth = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let mut lines = mapping.lines().filter(|line| !line.is_empty()).peekable();
    let Some(top) = lines.peek().map(|line| depth(line)) else { return Ok(None) };
    let mut found: Option<String> = None;
    let mut is_in_it = false;
    for line in lines {
        // A list may begin where its key does.
        if depth(line) != top || line.trim_start().starts_with('-') {
            found.iter_mut().filter(|_| is_in_it).for_each(|value| value.extend(["\n", line]));
            continue;
        }
        let (word, rest) = line.split_once(':').ok_or(Unclear)?;
        is_in_it = is_key(word);
        if is_in_it {
            found = Some(rest.trim().to_owned());
        }
    }
    Ok(found)
}

/// The keys and values of `{key: value, ...}`.
fn flow_pairs(mapping: &str) -> Option<Vec<(&str, &str)>> {
    let (mut depth, mut quote) = (0_u32, None);
    let pairs = mapping.strip_prefix('{')?.strip_suffix('}')?.split(|letter: char| {
        match (quote, letter) {
            (Some(open), _) => quote = Some(open).filter(|open| *open != letter),
            (None, '"' | '\'') => quote = Some(letter),
            (None, '{' | '[') => depth += 1,
            (None, '}' | ']') => depth = depth.saturating_sub(1),
            (None, ',') => return depth == 0,
            (None, _) => {}
        }
        false
    });
    let pairs: Vec<&str> = pairs.filter(|pair| !pair.trim().is_empty()).collect();
    let is_whole = depth == 0 && quote.is_none();
    pairs.into_iter().map(|pair| pair.split_once(':')).collect::<Option<Vec<_>>>().filter(|_| is_whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ntp_that_is_enabled_is_seen_in_every_style() {
        for (text, said) in [
            ("#cloud-config\nntp:\n  ntp_client: chrony\n  enabled: true\n", true),
            ("ntp: {enabled: true, ntp_client: chrony, servers: [a]}\n", true),
            ("ntp:\n    # enabled: true\n    enabled: 'no'\nother: 1\n", false),
            ("{\"ntp\": {\"enabled\": false}}", false),
            ("{users: [], ntp: {enabled: true}}\n", true),
            ("\"ntp\" : {\"enabled\" : true}\n", true),
            ("ntp :\n  servers:\n  - a\n  enabled: off # not enabled: true\n", false),
            ("x:\n- y\nntp: {servers: [enabled: no],\n enabled: yes}\n", true),
            ("ntp:\n  enabled: true\nntp:\n  enabled: false\n", false),
            // As cloud-init dumps it.
            (
                "#cloud-config\n\n# from 1 files\n\n---\nntp:\n    enabled: true\n    servers:\n    - a\n...\n",
                true,
            ),
            ("---\r\nntp:\r\n  enabled: false\r\n", false),
        ] {
            assert_eq!(enables_ntp(text), Ok(Some(said)), "{text}");
        }
        for silent in [
            "",
            "ntp:\n  servers: [a]\n",
            "ntp:\n  servers: [enabled.example]\n",
            "ntp_other:\n  enabled: true\n",
            "# ntp: {enabled: true}\n",
            "write_files:\n- content: |\n    ntp:\n      enabled: true\n",
        ] {
            assert_eq!(enables_ntp(silent), Ok(None), "{silent}");
        }
        for odd in [
            "ntp:\n  enabled: !!bool true\n",
            "ntp: &x\n  enabled: yes\n",
            "ntp: *x\n",
            "ntp: null\n",
            "ntp:\nother:\n  enabled: true\n",
            "ntp:\n- 1\n",
            "{ntp: {enabled: true}",
        ] {
            assert_eq!(enables_ntp(odd), Err(Unclear), "{odd}");
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

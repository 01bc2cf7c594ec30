//! The clock of the hypervisor's host that an image follows, read before anything else: it may have to be waited for.

use crate::decide::only_source;
use crate::machine::Conf;
use crate::platform::{Clock, Platform};
use crate::receipt::{LineRole, Receipt};
use crate::root::Root;

use super::chronyd;

/// The clock that is the only source of the image's, on a platform that has none of its own.
pub fn images_clock(root: &Root, platform: Platform) -> Option<&'static Clock> {
    if platform.row().has_own_sources() {
        return None;
    }
    let conf = chronyd::chrony(root)?.conf.ok()?;
    let receipt = Receipt::load(root).ok()?;
    let conf = match receipt.wrote(&conf) {
        None => chronyd::configuration::configuration(root, &conf).ok()?,
        Some(_) => {
            let sources = receipt.image.iter().filter(|line| line.role == LineRole::Source);
            Conf::parse(&sources.map(|line| format!("{}\n", line.directive)).collect::<String>())
        }
    };
    only_source(&conf.directives, platform)?.device().and_then(Clock::linked_as)
}

#[cfg(test)]
mod tests {
    // Trees are made by hand.
    #![allow(clippy::disallowed_methods)]

    use std::fs;

    use super::*;

    #[test]
    fn a_clock_is_the_images_where_nothing_else_is_asked() {
        const KVM: &str = "refclock PHC /dev/ptp_kvm poll 2\n";
        let tree = tempfile::tempdir().unwrap();
        let put = |path: &str, text: &str| {
            let path = tree.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        put("usr/lib/systemd/system/chrony.service", "[Service]\nExecStart=/usr/sbin/chronyd\n");
        put("etc/chrony/conf.d/clock.conf", KVM);
        let root = Root::open(tree.path()).unwrap();
        let link = |platform| images_clock(&root, platform).map(|clock| clock.link);
        for (text, wanted) in [
            (KVM.to_owned(), Some("/dev/ptp_kvm")),
            (format!("{KVM}server a noselect\n"), Some("/dev/ptp_kvm")),
            (format!("{KVM}pool 2.debian.pool.ntp.org\n"), None),
            ("refclock PHC /dev/ptp_kvm poll 3 noselect\n".to_owned(), None),
            (format!("{KVM}{KVM}server 169.254.169.123\n"), Some("/dev/ptp_kvm")),
            ("confdir /etc/chrony/conf.d\n".to_owned(), Some("/dev/ptp_kvm")),
            ("confdir /etc/chrony/conf.d\nserver a\n".to_owned(), None),
        ] {
            put("etc/chrony/chrony.conf", &text);
            assert_eq!(link(Platform::Kvm), wanted, "{text}");
        }
        put("etc/chrony/chrony.conf", KVM);
        assert_eq!(link(Platform::Aws), None);
        // An earlier run wrote DHCP's instead, since the clock was not there yet.
        put("etc/chrony/chrony.conf", "sourcedir /run/chrony-dhcp\n");
        let receipt = r#"{"schema":1,"entries":[{"wrote":{"path":"/etc/chrony/chrony.conf","texts":[],"kept":null}}],
            "image":[{"directive":"refclock PHC /dev/ptp_kvm","place":"/etc/chrony/chrony.conf, line 1","role":"source"}]}"#;
        put("var/lib/cloud-timesync/receipt.json", receipt);
        assert_eq!(link(Platform::Kvm), Some("/dev/ptp_kvm"));
    }
}

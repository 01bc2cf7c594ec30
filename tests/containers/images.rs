//! First boots of an image: one that is sealed, and one that its operator has configured for an OpenStack cloud.

use serde_json::{Value, json};

use super::*;

#[test]
fn a_sealed_image_keeps_its_chronyd_through_the_presets() {
    let container = Container::of(Release::Debian13);
    container.write("etc/machine-id", "uninitialized\n");
    // It asks for a password, on a terminal.
    container.drop_in("systemd-firstboot.service", "[Unit]\nConditionPathExists=/dev/tty1\n");
    let evidence = container.boot();
    let first = evidence.started("first-boot-complete.target").is_some();
    assert!(first, "systemd did not take this for a first boot, and applied no presets");
    assert_eq!(waited(&evidence), Ok(()), "{}", evidence.timeline());
    assert_eq!(evidence.report()["verdict"], "right", "{}", evidence.timeline());
    assert_eq!(evidence.source_directives(), AWS_SOURCES);
    assert_eq!(evidence.property("chronyd-restricted.service", "ActiveState"), "inactive");
    assert_ne!(evidence.property("chronyd-restricted.service", "UnitFileState"), "enabled");
}

/// With the machine's plan, and all that the agent may have written.
const WRITTEN: &str = "cloud-timesync plan --json
find /etc/chrony /etc/systemd/system /etc/cloud /var/lib/cloud-timesync -printf '%p %i %T@ %C@\\n' | sort";

#[test]
fn openstack_takes_the_operators_source_and_is_right_at_once() {
    let container = Container::of(Release::Debian13);
    container.configure(
        "platform = \"openstack\"\n\
         [[source]]\nserver = \"ntp1.example.com\"\nscale = \"utc\"\nplatforms = [\"openstack\"]\n",
    );
    container.write("etc/hosts", "127.0.0.1 localhost\n169.254.169.123 ntp1.example.com\n");
    let [first, second] = [(), ()].map(|()| container.boot_looking(WRITTEN));
    for evidence in [&first, &second] {
        assert_eq!(waited(evidence), Ok(()), "{}", evidence.timeline());
        assert_eq!(evidence.report()["verdict"], "right", "{}", evidence.timeline());
        let platform = evidence.agent().into_iter().rfind(|entry| !entry.field("PLATFORM").is_empty());
        assert_eq!(platform.map(|entry| entry.field("PLATFORM")), Some("openstack"));
        assert_eq!(evidence.source_directives(), ["server ntp1.example.com iburst"]);
        assert_eq!(evidence.fragment_directives(), [""; 0]);
        let plan: Value = evidence.look_json();
        assert_eq!((&plan["edits"], &plan["jobs"]), (&json!([]), &json!([])));
    }
    assert_eq!(second.look(), first.look(), "something was written");
    assert_eq!(second.info_lines().len(), 1, "{:#?}", second.info_lines());
}

//! DMI: what the firmware says of the machine. It costs no packet, and decides at once.

use std::collections::BTreeMap;

use crate::platform::{Evidence, Field, Platform, ROWS, Sign, Strength};
use crate::root::Root;

/// The longest value that is taken for one: SMBIOS strings are short, garbage is not.
const LONGEST: usize = 256;

/// Bytes. The first processor's part of /proc/cpuinfo, which has one for each, is shorter.
const CPUINFO: u64 = 16 << 10;

/// The fields that say something.
#[derive(Debug, Default)]
pub struct Dmi {
    fields: BTreeMap<Field, String>,
    /// /sys/hypervisor/type says xen, and its uuid: for machines without DMI.
    is_xen: bool,
    hypervisor_uuid: Option<String>,
    /// The processor's word on whether a hypervisor is below; x86 only.
    hypervisor: Option<bool>,
}

/// A field of /sys/class/dmi/id. None where it is not there, not text or all 0xFF.
pub fn field(root: &Root, field: Field) -> Option<String> {
    value(root, &format!("/sys/class/dmi/id/{}", field.name()))
}

fn value(root: &Root, path: &str) -> Option<String> {
    let text = root.text(path)?;
    let text = text.trim();
    let sound = text.len() <= LONGEST && !text.chars().any(char::is_control);
    (sound && !text.is_empty()).then(|| text.to_owned())
}

impl Dmi {
    pub fn read(root: &Root) -> Dmi {
        Dmi {
            fields: Field::ALL.into_iter().filter_map(|name| Some((name, field(root, name)?))).collect(),
            is_xen: value(root, "/sys/hypervisor/type").is_some_and(|name| name == "xen"),
            hypervisor_uuid: value(root, "/sys/hypervisor/uuid"),
            hypervisor: root.bytes("/proc/cpuinfo", CPUINFO).and_then(|text| hypervisor_flag(&text)),
        }
    }

    /// Lists what the fields prove. Empty where they say nothing; else all pieces name one platform, and
    /// that is `Unknown` where they name a machine that no row knows.
    pub fn evidence(&self) -> Vec<Evidence> {
        let named = self.named();
        // EC2's old machines say Xen as others do.
        let is_open = named.first().is_none_or(|piece| piece.platform == Platform::Xen);
        match self.uuid_hint() {
            Some(hint) if is_open => vec![hint],
            _ => named,
        }
    }

    fn named(&self) -> Vec<Evidence> {
        let of_table = self.strong();
        if !of_table.is_empty() {
            return of_table;
        }
        let xen = || self.is_xen.then(|| strong(Platform::Xen, "/sys/hypervisor/type is xen".to_owned()));
        self.other_maker().or_else(xen).into_iter().collect()
    }

    /// The signs that match of the first row that has any. A lookalike's is evidence of no platform.
    fn strong(&self) -> Vec<Evidence> {
        let of_row = |(platform, signs): (Platform, &[Sign])| -> Vec<Evidence> {
            let found = signs.iter().filter(|sign| self.shows(sign));
            found.map(|sign| strong(platform, sentence(sign))).collect()
        };
        let signs =
            ROWS.iter().flat_map(|row| [(Platform::Unknown, row.lookalikes), (row.platform, row.signs)]);
        signs.map(of_row).find(|found| !found.is_empty()).unwrap_or_default()
    }

    fn shows(&self, sign: Sign) -> bool {
        sign.iter().all(|(field, pattern)| self.fields.get(field).is_some_and(|value| pattern.matches(value)))
    }

    /// DMI that names some other machine is an answer. Where also the processor shows no hypervisor, the machine is not
    /// virtual: a hypervisor that hides from the processor still signs DMI, and then one of its rows has matched.
    fn other_maker(&self) -> Option<Evidence> {
        let naming = [
            Field::SysVendor,
            Field::ProductName,
            Field::BoardVendor,
            Field::BiosVendor,
            Field::ChassisAssetTag,
        ];
        let (field, value) = naming.into_iter().find_map(|field| Some((field, self.fields.get(&field)?)))?;
        let says = format!("{} is {value}", field.name());
        Some(match self.hypervisor {
            Some(false) => strong(Platform::Metal, format!("{says} and the processor shows no hypervisor")),
            Some(true) | None => strong(Platform::Unknown, says),
        })
    }

    /// EC2's UUIDs start with "ec2". So does one in 4096 of everybody's, and in the other byte
    /// order one more: a hint, which AWS itself calls inaccurate.
    fn uuid_hint(&self) -> Option<Evidence> {
        let product_uuid = self.fields.get(&Field::ProductUuid);
        let uuids = [("product_uuid", product_uuid), ("/sys/hypervisor/uuid", self.hypervisor_uuid.as_ref())];
        let (name, _) = uuids.into_iter().find(|(_, uuid)| uuid.is_some_and(|uuid| looks_like_ec2(uuid)))?;
        Some(Evidence {
            platform: Platform::Aws,
            strength: Strength::Weak,
            says: format!("{name} looks like EC2's"),
        })
    }
}

/// Field and pattern, not the value: serial numbers and UUIDs are root's to read, and the evidence is anybody's.
fn sentence(sign: Sign) -> String {
    let sentences: Vec<String> =
        sign.iter().map(|(field, pattern)| format!("{} {pattern}", field.name())).collect();
    sentences.join(" and ")
}

fn strong(platform: Platform, says: String) -> Evidence {
    Evidence { platform, strength: Strength::Strong, says }
}

/// The first processor's flags. Those of arm64 have no word for it.
fn hypervisor_flag(cpuinfo: &[u8]) -> Option<bool> {
    let cpuinfo = String::from_utf8_lossy(cpuinfo);
    let flags = cpuinfo.lines().find_map(|line| line.strip_prefix("flags")?.split_once(':'))?.1;
    Some(flags.split_whitespace().any(|flag| flag == "hypervisor"))
}

fn looks_like_ec2(uuid: &str) -> bool {
    let uuid = uuid.to_ascii_lowercase();
    let swapped = |first: &[u8]| first.len() == 8 && first[4] == b'2' && &first[6..] == b"ec";
    uuid.starts_with("ec2") || uuid.split('-').next().is_some_and(|first| swapped(first.as_bytes()))
}

#[cfg(test)]
mod tests;

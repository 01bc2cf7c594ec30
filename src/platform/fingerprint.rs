//! Signs of a platform in DMI.

use std::fmt;

/// A field of /sys/class/dmi/id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    BiosVendor,
    BiosVersion,
    BoardVendor,
    ChassisAssetTag,
    ChassisVendor,
    ProductName,
    ProductSerial,
    ProductUuid,
    ProductVersion,
    SysVendor,
}

impl Field {
    pub const ALL: [Field; 10] = [
        Field::BiosVendor,
        Field::BiosVersion,
        Field::BoardVendor,
        Field::ChassisAssetTag,
        Field::ChassisVendor,
        Field::ProductName,
        Field::ProductSerial,
        Field::ProductUuid,
        Field::ProductVersion,
        Field::SysVendor,
    ];

    /// The file's name in /sys/class/dmi/id.
    pub fn name(self) -> &'static str {
        match self {
            Field::BiosVendor => "bios_vendor",
            Field::BiosVersion => "bios_version",
            Field::BoardVendor => "board_vendor",
            Field::ChassisAssetTag => "chassis_asset_tag",
            Field::ChassisVendor => "chassis_vendor",
            Field::ProductName => "product_name",
            Field::ProductSerial => "product_serial",
            Field::ProductUuid => "product_uuid",
            Field::ProductVersion => "product_version",
            Field::SysVendor => "sys_vendor",
        }
    }
}

/// Text that a field must hold. Case counts: Chromebooks say GOOGLE, which is not Google.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pattern {
    Is(&'static str),
    Starts(&'static str),
    Ends(&'static str),
}

impl Pattern {
    pub fn matches(self, value: &str) -> bool {
        match self {
            Pattern::Is(text) => value == text,
            Pattern::Starts(text) => value.starts_with(text),
            Pattern::Ends(text) => value.ends_with(text),
        }
    }
}

/// "is Amazon EC2"
impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Pattern::Is(text) => write!(f, "is {text}"),
            Pattern::Starts(text) => write!(f, "begins with {text}"),
            Pattern::Ends(text) => write!(f, "ends in {text}"),
        }
    }
}

/// A strong sign of a platform: all of these fields match.
pub type Sign = &'static [(Field, Pattern)];

impl Field {
    pub const fn is(self, text: &'static str) -> (Field, Pattern) {
        (self, Pattern::Is(text))
    }

    pub const fn starts(self, text: &'static str) -> (Field, Pattern) {
        (self, Pattern::Starts(text))
    }

    pub const fn ends(self, text: &'static str) -> (Field, Pattern) {
        (self, Pattern::Ends(text))
    }
}

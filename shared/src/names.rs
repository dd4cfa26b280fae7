//! Closed lists of names.

use serde::{Deserialize, Deserializer, de::Error as _};

/// An enum whose values have names: the same on the wire, in the tables and in addresses.
pub trait Named: Copy + 'static {
    /// Every value, with its name.
    const NAMES: &'static [(Self, &'static str)];

    /// The value of that name.
    fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, its)| *its == name).map(|(one, _)| *one)
    }
}

/// Reads a value by its name. Derived, this would be there once for each list, and would weigh more than all that it reads.
pub(crate) fn read<'de, T: Named, D: Deserializer<'de>>(
    deserializer: D,
    names: &'static [&'static str],
) -> Result<T, D::Error> {
    let name = String::deserialize(deserializer)?;
    T::named(&name).ok_or_else(|| D::Error::unknown_variant(&name, names))
}

/// How an enum whose values have names travels: by them.
macro_rules! travels {
    ($enum:ident, $($name:tt)*) => {
        impl serde::Serialize for $enum {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
            }
        }

        impl<'de> serde::Deserialize<'de> for $enum {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                crate::names::read(deserializer, &[$($name),*])
            }
        }
    };
}

/// Declares an enum whose values have names.
macro_rules! names {
    ($(#[$about:meta])* $enum:ident { $($(#[$doc:meta])* $variant:ident = $name:tt,)* }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub enum $enum {
            $($(#[$doc])* #[cfg_attr(feature = "openapi", schema(rename = $name))] $variant,)*
        }

        impl $enum {
            /// Every value.
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$variant),*];

            /// The name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }
        }

        impl crate::Named for $enum {
            const NAMES: &'static [(Self, &'static str)] = &[$((Self::$variant, $name)),*];
        }

        crate::names::travels!($enum, $($name)*);
    };
}

pub(crate) use {names, travels};

//! Closed lists of names.

/// An enum whose values have names: the same on the wire, in the tables and in addresses.
pub trait Named: Copy + 'static {
    /// Every value, with its name.
    const NAMES: &'static [(Self, &'static str)];

    /// The value of that name.
    fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, its)| *its == name).map(|(one, _)| *one)
    }
}

/// Declares an enum whose values have names.
macro_rules! names {
    ($(#[$about:meta])* $enum:ident { $($(#[$doc:meta])* $variant:ident = $name:tt,)* }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub enum $enum {
            $($(#[$doc])* #[serde(rename = $name)] $variant,)*
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
    };
}

pub(crate) use names;

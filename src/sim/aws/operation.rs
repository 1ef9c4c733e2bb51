//! Which operation a request names: by its target header (Organizations) or by its path (Account Management).

use crate::sim::request::Ask;

/// What stands before an operation's name in `X-Amz-Target`.
pub(super) const TARGET: &str = "AWSOrganizationsV20161128.";

/// The two services behind one mount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Service {
    /// JSON 1.1: all at one path, told apart by a header.
    Organizations,
    /// REST-JSON: a path an operation.
    Account,
}

impl Service {
    /// The service of a request below the mount.
    pub(super) fn of(segments: &[String]) -> Self {
        match segments {
            [] => Self::Organizations,
            [only] if only.is_empty() => Self::Organizations,
            _ => Self::Account,
        }
    }

    /// Its name in the scope of a signature.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Organizations => "organizations",
            Self::Account => "account",
        }
    }
}

/// Makes [`Operation`]: each with its name on the wire and whether it writes.
macro_rules! operations {
    ($($service:ident: $($name:ident $kind:ident),+;)+) => {
        /// The operations that are simulated.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Operation {
            $($(
                #[doc = concat!("`", stringify!($name), "`")]
                $name,
            )+)+
        }

        impl Operation {
            const ALL: &[Self] = &[$($(Self::$name),+),+];

            /// Its name on the wire.
            pub(super) fn name(self) -> &'static str {
                match self {
                    $($(Self::$name => stringify!($name),)+)+
                }
            }

            /// The service that it belongs to.
            pub(super) fn service(self) -> Service {
                match self {
                    $($(Self::$name)|+ => Service::$service,)+
                }
            }

            /// Whether it changes the state.
            pub(super) fn writes(self) -> bool {
                match self {
                    $($(Self::$name => operations!(@ $kind),)+)+
                }
            }
        }
    };
    (@ reads) => { false };
    (@ writes) => { true };
}

operations! {
    Organizations:
        DescribeOrganization reads,
        ListRoots reads,
        ListOrganizationalUnitsForParent reads,
        ListAccounts reads,
        ListAccountsForParent reads,
        ListParents reads,
        ListChildren reads,
        DescribeAccount reads,
        DescribeOrganizationalUnit reads,
        CreateAccount writes,
        DescribeCreateAccountStatus reads,
        ListCreateAccountStatus reads,
        MoveAccount writes,
        CloseAccount writes,
        RemoveAccountFromOrganization writes,
        CreateOrganizationalUnit writes,
        UpdateOrganizationalUnit writes,
        DeleteOrganizationalUnit writes,
        ListTagsForResource reads,
        TagResource writes,
        UntagResource writes;
    Account:
        GetContactInformation reads,
        PutContactInformation writes,
        GetAlternateContact reads,
        PutAlternateContact writes,
        DeleteAlternateContact writes,
        GetAccountInformation reads,
        PutAccountName writes,
        GetPrimaryEmail reads,
        StartPrimaryEmailUpdate writes,
        AcceptPrimaryEmailUpdate writes;
}

impl Operation {
    /// The operation that a request names.
    pub(super) fn of(ask: &Ask) -> Option<Self> {
        let service = Service::of(&ask.segments);
        let name = match service {
            Service::Organizations => ask.header("x-amz-target")?.strip_prefix(TARGET)?.to_owned(),
            Service::Account => upper(ask.segments.first().filter(|_| ask.segments.len() == 1)?)?,
        };
        Self::ALL.iter().copied().find(|one| one.service() == service && one.name() == name)
    }

    /// How many requests a second Account Management takes (its published quotas); of Organizations none are known.
    pub(super) fn rate(self) -> Option<u32> {
        match self {
            Self::GetContactInformation | Self::GetAlternateContact => Some(10),
            Self::PutContactInformation | Self::PutAlternateContact => Some(5),
            Self::GetAccountInformation | Self::GetPrimaryEmail => Some(3),
            Self::DeleteAlternateContact
            | Self::PutAccountName
            | Self::StartPrimaryEmailUpdate
            | Self::AcceptPrimaryEmailUpdate => Some(1),
            Self::DescribeOrganization
            | Self::ListRoots
            | Self::ListOrganizationalUnitsForParent
            | Self::ListAccounts
            | Self::ListAccountsForParent
            | Self::ListParents
            | Self::ListChildren
            | Self::DescribeAccount
            | Self::DescribeOrganizationalUnit
            | Self::CreateAccount
            | Self::DescribeCreateAccountStatus
            | Self::ListCreateAccountStatus
            | Self::MoveAccount
            | Self::CloseAccount
            | Self::RemoveAccountFromOrganization
            | Self::CreateOrganizationalUnit
            | Self::UpdateOrganizationalUnit
            | Self::DeleteOrganizationalUnit
            | Self::ListTagsForResource
            | Self::TagResource
            | Self::UntagResource => None,
        }
    }
}

/// `getContactInformation` as `GetContactInformation`; paths begin in lower case.
fn upper(path: &str) -> Option<String> {
    let first = path.chars().next().filter(char::is_ascii_lowercase)?;
    Some(format!("{}{}", first.to_ascii_uppercase(), &path[1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_path_is_organizations_and_any_other_is_account_management() {
        let of = |path: &[&str]| Service::of(&path.iter().map(|&one| one.to_owned()).collect::<Vec<_>>());
        assert_eq!(of(&[]), Service::Organizations);
        assert_eq!(of(&[""]), Service::Organizations);
        assert_eq!(of(&["getContactInformation"]), Service::Account);
        assert_eq!(upper("putAccountName").as_deref(), Some("PutAccountName"));
        assert_eq!(upper("PutAccountName"), None);
        assert_eq!(upper(""), None);
    }

    #[test]
    fn every_operation_of_account_management_has_a_rate_and_no_other_has() {
        for one in Operation::ALL {
            assert_eq!(one.rate().is_some(), one.service() == Service::Account, "{}", one.name());
        }
    }
}

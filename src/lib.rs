//! acctui

//! What config.toml and the environment make of connections.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use rstest::rstest;
use tempfile::TempDir;

use super::*;
use crate::domain::{CredentialField, CredentialSet, Guide, SharedCredentials, SharedFile};

const KNOWN: [ProviderFacts; 1] = [ProviderFacts {
    id: "cloudflare",
    base_url_env: &["CLOUDFLARE_BASE_URL", "CLOUDFLARE_API_BASE_URL"],
    credentials: &[
        CredentialSet {
            words: "API token",
            fields: &[CredentialField { name: "token", env: &["CLOUDFLARE_API_TOKEN", "CF_API_TOKEN"] }],
        },
        CredentialSet {
            words: "e-mail and key",
            fields: &[
                CredentialField { name: "email", env: &["CLOUDFLARE_EMAIL"] },
                CredentialField { name: "key", env: &["CLOUDFLARE_API_KEY"] },
            ],
        },
    ],
    guide: Guide { place: "", needs: "", plain: &["email"], kept: None, shared: None },
}];

struct Home(TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn environment(&self, more: &[(&str, &str)]) -> Environment {
        let home = self.0.path().to_str().unwrap();
        [("HOME", home)].into_iter().chain(more.iter().copied()).collect()
    }

    fn file(&self, text: &str, mode: u32) -> PathBuf {
        let path = self.0.path().join("acctui.toml");
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    fn load(&self, text: &str) -> Result<Config, ConfigError> {
        load(Some(&self.file(text, 0o600)), &self.environment(&[]), &KNOWN)
    }
}

#[test]
fn a_connection_has_what_the_file_says_and_defaults_for_the_rest() {
    let home = Home::new();
    let config = home
        .load(
            r#"
mouse = false
[connections.prod]
provider = "cloudflare"
base_url = "http://127.0.0.1:4000/cloudflare/client/v4/"
protection = "typed"
token = { env = "TOKEN" }
group = "edge"
refresh_after = "15m"
budget = 0.25
max_delete = 3
[connections.agency]
provider = "cloudflare"
email = "a@b.example"
key = { file = "~/key" }
enabled = false
"#,
        )
        .unwrap();
    assert!(!config.mouse);
    let [prod, agency] = config.connections.as_slice() else { panic!("two connections: {config:?}") };
    assert_eq!(prod.name.as_str(), "prod");
    assert_eq!(prod.base_url.as_deref(), Some("http://127.0.0.1:4000/cloudflare/client/v4"));
    assert_eq!(prod.protection, Protection::Typed);
    assert_eq!(prod.group.as_deref(), Some("edge"));
    assert_eq!(prod.refresh_after, Some(Duration::from_secs(900)));
    assert!((prod.budget - 0.25).abs() < f32::EPSILON);
    assert_eq!(prod.max_delete, 3);
    assert_eq!(prod.credentials.words(), "environment variable TOKEN");
    assert_eq!(agency.protection, Protection::Confirm);
    assert_eq!(agency.max_delete, 10);
    assert!(!agency.enabled && agency.named);
    let key = agency.credentials.fields().find(|(name, _)| *name == "key");
    assert_eq!(key.unwrap().1, &Source::File(home.0.path().join("key")), "~/ is the home directory");
    assert_eq!(config.enabled().count(), 1);
}

#[rstest]
#[case::unknown_key(
    "provder = 1\nprovider = \"cloudflare\"\ntoken = \"x\"",
    2,
    "unknown key `provder` (did you mean `provider`?)"
)]
#[case::no_provider("token = \"x\"", 1, "connection `c` has no `provider` (add provider = \"cloudflare\")")]
#[case::provider_slip(
    "provider = \"cloudflair\"\ntoken = \"x\"",
    2,
    "`provider` must be one of cloudflare (did you mean cloudflare?)"
)]
#[case::not_yet("provider = \"huawei\"\ntoken = \"x\"", 2, "provider huawei is not in this version yet")]
#[case::no_credential(
    "provider = \"cloudflare\"",
    1,
    "the connection has no credential (give token, or email and key)"
)]
#[case::half(
    "provider = \"cloudflare\"\nkey = \"k\"",
    3,
    "`key` is not a whole credential (give token, or email and key)"
)]
#[case::both(
    "provider = \"cloudflare\"\ntoken = \"x\"\nemail = \"e\"\nkey = \"k\"",
    3,
    "are more than one kind of credential"
)]
#[case::keyring("provider = \"cloudflare\"\ntoken = { keyring = \"a/b\" }", 3, "this build has no keyring")]
#[case::shell(
    "provider = \"cloudflare\"\ntoken = { command = \"op read\" }",
    3,
    "`command` must be a list of texts, the program first"
)]
#[case::two_sources("provider = \"cloudflare\"\ntoken = { env = \"A\", file = \"b\" }", 3, "must name one source")]
#[case::type_of_secret("provider = \"cloudflare\"\ntoken = 12345", 3, "this is of type integer")]
#[case::level(
    "provider = \"cloudflare\"\ntoken = \"x\"\nprotection = \"readonly\"",
    4,
    "must be one of open, confirm, typed, read-only (did you mean read-only?)"
)]
#[case::url("provider = \"cloudflare\"\ntoken = \"x\"\nbase_url = \"http://api.example.com\"", 4, "only https://")]
#[case::budget("provider = \"cloudflare\"\ntoken = \"x\"\nbudget = 1.5", 4, "a number above 0 and at most 1")]
#[case::time("provider = \"cloudflare\"\ntoken = \"x\"\nrefresh_after = \"soon\"", 4, "a time like")]
#[case::set(
    "provider = \"cloudflare\"\ntoken = \"x\"\ncredentials = { profile = \"p\" }",
    4,
    "not in this version yet"
)]
fn a_fault_says_file_line_and_what_was_expected(#[case] body: &str, #[case] line: usize, #[case] words: &str) {
    let home = Home::new();
    let error = home.load(&format!("[connections.c]\n{body}\n")).unwrap_err();
    assert_eq!(error.faults[0].place.unwrap().line, line, "{error}");
    let text = error.to_string();
    assert!(text.contains("acctui.toml:"), "{text}");
    assert!(text.contains(words), "{text}");
    assert!(!text.contains("12345"), "no value is quoted: {text}");
}

#[test]
fn all_faults_come_at_once_in_the_files_order() {
    let home = Home::new();
    let error = home
        .load("colour = 1\n[connections.a]\nprovider = \"cloudflare\"\n[connections.b]\nprovider = \"x\"\n")
        .unwrap_err();
    let lines: Vec<usize> = error.faults.iter().map(|fault| fault.place.unwrap().line).collect();
    assert_eq!(lines, [1, 2, 5], "{error}");
}

#[test]
fn a_text_that_is_not_toml_names_its_place_and_quotes_nothing() {
    let home = Home::new();
    let error = home.load("[connections.a]\ntoken = \"hunter2\nprovider = \"cloudflare\"\n").unwrap_err();
    assert_eq!(error.faults[0].place.unwrap().line, 2);
    assert!(!error.to_string().contains("hunter2"), "{error}");
}

#[test]
fn a_literal_secret_is_taken_from_a_private_file_only() {
    let home = Home::new();
    let text = "[connections.a]\nprovider = \"cloudflare\"\ntoken = \"hunter2\"\n";
    for mode in [0o600, 0o400] {
        let path = home.file(text, mode);
        let config = load(Some(&path), &home.environment(&[]), &KNOWN).unwrap();
        assert!(!format!("{config:?}").contains("hunter2"));
    }
    let path = home.file(text, 0o640);
    let error = load(Some(&path), &home.environment(&[]), &KNOWN).unwrap_err();
    assert_eq!(error.faults[0].hint, Some(format!("chmod 600 {}", path.display())));
    assert!(!error.to_string().contains("hunter2"), "{error}");
}

#[test]
fn a_file_that_was_asked_for_must_be_there_and_the_usual_one_need_not() {
    let home = Home::new();
    let environment = home.environment(&[]);
    let missing = home.0.path().join("none.toml");
    let error = load(Some(&missing), &environment, &KNOWN).unwrap_err();
    assert!(error.to_string().contains("none.toml: the config file can't be read"));
    let config = load(None, &environment, &KNOWN).unwrap();
    assert_eq!(config.origin, ConfigOrigin::None);
    assert!(config.connections.is_empty());
}

#[test]
fn a_provider_of_a_later_version_may_stay_in_the_file_while_switched_off() {
    let home = Home::new();
    let text = "[connections.a]\nprovider = \"aws\"\nenabled = false\naccess_key_id = \"x\"\n";
    assert!(home.load(text).unwrap().connections.is_empty());
}

#[test]
fn with_no_config_the_usual_variables_make_a_read_only_connection_and_say_so() {
    let home = Home::new();
    let environment = home.environment(&[
        ("CF_API_TOKEN", "hunter2"),
        ("CLOUDFLARE_EMAIL", "a@b.example"),
        ("CLOUDFLARE_API_KEY", "hunter3"),
        ("CLOUDFLARE_API_BASE_URL", "http://127.0.0.1:9/client/v4/"),
    ]);
    let config = load(None, &environment, &KNOWN).unwrap();
    assert_eq!(config.origin, ConfigOrigin::Environment);
    let [connection] = config.connections.as_slice() else { panic!("one connection: {config:?}") };
    assert_eq!(connection.name.as_str(), "cloudflare");
    assert_eq!(connection.protection, Protection::ReadOnly);
    assert!(!connection.named);
    assert_eq!(connection.base_url.as_deref(), Some("http://127.0.0.1:9/client/v4"));
    let [found, passed_over] = config.notes.as_slice() else { panic!("two notes: {config:?}") };
    assert!(found.starts_with("connection cloudflare: API token from CF_API_TOKEN, read-only until"));
    assert!(passed_over.contains("CLOUDFLARE_EMAIL and CLOUDFLARE_API_KEY is not used"));
    assert!(!format!("{config:?}").contains("hunter"));
}

#[test]
fn half_a_credential_in_the_environment_says_what_is_missing() {
    let home = Home::new();
    let environment = home.environment(&[("CLOUDFLARE_API_KEY", "k"), ("CF_API_TOKEN", "")]);
    let config = load(None, &environment, &KNOWN).unwrap();
    assert!(config.connections.is_empty());
    assert_eq!(
        config.notes,
        ["CLOUDFLARE_API_KEY is set, but not CLOUDFLARE_EMAIL: together they make the e-mail and key of cloudflare"]
    );
}

#[test]
fn a_config_with_connections_is_not_mixed_with_the_environment() {
    let home = Home::new();
    let text = "[connections.a]\nprovider = \"cloudflare\"\ntoken = { env = \"T\" }\n";
    let environment = home.environment(&[("CLOUDFLARE_API_TOKEN", "x")]);
    let config = load(Some(&home.file(text, 0o644)), &environment, &KNOWN).unwrap();
    assert_eq!(config.connections.len(), 1);
    assert!(matches!(config.origin, ConfigOrigin::File(_)));
}

const KEYS: [ProviderFacts; 1] = {
    const PARTS: [CredentialField; 3] = [
        CredentialField { name: "access_key", env: &["AK"] },
        CredentialField { name: "secret_key", env: &["SK"] },
        CredentialField { name: "token", env: &["TOKEN"] },
    ];
    const SETS: [CredentialSet; 2] = [
        CredentialSet { words: "temporary key", fields: &PARTS },
        CredentialSet { words: "key", fields: &[PARTS[0], PARTS[1]] },
    ];
    const SHARED: SharedCredentials = SharedCredentials {
        files: &[
            SharedFile { env: "KEYS_FILE", path: ".keys/credentials", prefix: "" },
            SharedFile { env: "KEYS_CONFIG", path: ".keys/config", prefix: "profile " },
        ],
        profile_env: &["KEYS_PROFILE"],
        profile: "default",
        keys: &[("ak", "access_key"), ("sk", "secret_key"), ("st", "token")],
        command: Some("credential_process"),
        beyond: &[("role", "ask another program")],
        printed: &[("AccessKeyId", "access_key"), ("SecretAccessKey", "secret_key"), ("SessionToken", "token")],
    };
    let guide = Guide { place: "", needs: "", plain: &["access_key"], kept: None, shared: Some(&SHARED) };
    [ProviderFacts { id: "huawei", base_url_env: &[], credentials: &SETS, guide }]
};

#[test]
fn a_key_in_the_environment_takes_its_token_along_if_there_is_one() {
    let home = Home::new();
    let found = |variables: &[(&str, &str)]| load(None, &home.environment(variables), &KEYS).unwrap();
    let temporary = found(&[("AK", "a"), ("SK", "s"), ("TOKEN", "t")]);
    assert!(temporary.notes[0].contains("temporary key from AK and SK and TOKEN"), "{:?}", temporary.notes);
    assert_eq!(temporary.notes.len(), 1, "its parts are not called unused: {:?}", temporary.notes);
    let lasting = found(&[("AK", "a"), ("SK", "s")]);
    assert!(lasting.notes[0].contains("key from AK and SK,"), "{:?}", lasting.notes);
    let half = found(&[("AK", "a")]);
    assert!(half.connections.is_empty());
    assert!(half.notes[0].contains("AK is set, but not SK: together they make the key"), "{:?}", half.notes);
}

#[test]
fn a_provider_that_can_do_without_a_credential_gets_a_connection_without_one() {
    const SETS: [CredentialSet; 2] = [KNOWN[0].credentials[0], CredentialSet { words: "no credential", fields: &[] }];
    let home = Home::new();
    let known = [ProviderFacts { credentials: &SETS, ..KNOWN[0] }];
    let load = |text: &str| load(Some(&home.file(text, 0o600)), &home.environment(&[]), &known);
    let bare = "[connections.new]\nprovider = \"cloudflare\"\n";
    let config = load(bare).unwrap();
    assert_eq!(config.connections[0].credentials.fields().count(), 0);
    assert_eq!(config.connections[0].credentials.words(), "no credential");
    assert!(load(&format!("{bare}token = \"t\"\n")).is_ok());
    // The environment alone makes none: nobody asked for it.
    let config = super::load(None, &home.environment(&[]), &known).unwrap();
    assert!(config.connections.is_empty());
}

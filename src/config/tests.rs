//! What config.toml and the environment make of connections.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use rstest::rstest;
use tempfile::TempDir;

use super::*;
use crate::domain::{Ambiguous, CredentialField, CredentialSet, Guide, SharedCredentials, SharedFile};

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
#[case::keyring("provider = \"cloudflare\"\ntoken = { keyring = \"ab\" }", 3, "`keyring` must be SERVICE/NAME")]
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
    "provider = \"cloudflare\"\ncredentials = { profile = \"p\" }",
    3,
    "`credentials` is not known of cloudflare"
)]
#[case::columns("provider = \"cloudflare\"\ntoken = \"x\"\ncolumns = [\"\"]", 4, "must be a list of texts")]
#[case::proxy("provider = \"cloudflare\"\ntoken = \"x\"\nproxy = \"http://u:p@h\"", 4, "password does not stand here")]
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
fn a_profile_that_the_environment_names_makes_a_connection_and_files_alone_are_only_named() {
    let home = Home::new();
    let files = KEYS[0].guide.shared.unwrap().files;
    let path = home.0.path().join(files[0].path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, "[default]\nak = a\nsk = b\n[work]\nak = c\nsk = d\n").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let found = |variables: &[(&str, &str)]| load(None, &home.environment(variables), &KEYS).unwrap();
    let named = found(&[("KEYS_PROFILE", "work")]);
    let [connection] = named.connections.as_slice() else { panic!("{:?}", named.notes) };
    assert_eq!(connection.credentials.whole(), Some(&Whole::Profile("work".into())));
    assert_eq!((connection.protection, connection.named), (Protection::ReadOnly, false));
    assert!(named.notes[0].contains("profile work of") && named.notes[0].contains("by KEYS_PROFILE"));
    let file = found(&[(files[0].env, path.to_str().unwrap())]);
    assert_eq!(file.connections[0].credentials.whole(), Some(&Whole::Profile("default".into())));
    // A key in the variables themselves goes before.
    let keyed = found(&[("KEYS_PROFILE", "work"), ("AK", "a"), ("SK", "s")]);
    assert_eq!((keyed.connections.len(), keyed.connections[0].credentials.whole()), (1, None));
    let nobody = found(&[]);
    assert!(nobody.connections.is_empty());
    assert!(nobody.notes[0].contains("KEYS_PROFILE=default asks for one"), "{:?}", nobody.notes);
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

#[test]
fn a_whole_credential_has_one_source_and_stands_alone() {
    let home = Home::new();
    let read = |body: &str| {
        let text = format!("[connections.h]\nprovider = \"huawei\"\n{body}\n");
        load(Some(&home.file(&text, 0o600)), &home.environment(&[]), &KEYS)
    };
    let config = read("credentials = { profile = \"p\" }").unwrap();
    assert_eq!(config.connections[0].credentials.whole(), Some(&Whole::Profile("p".into())));
    let words = config.connections[0].credentials.words();
    assert!(words.starts_with("profile p of ") && words.ends_with(".keys/config"), "{words}");
    let config = read("credentials = { command = [\"a\", \"b c\"], format = \"aws-process\" }").unwrap();
    let argv = vec!["a".to_owned(), "b c".to_owned()];
    assert_eq!(config.connections[0].credentials.whole(), Some(&Whole::Command(argv)));
    for (body, words) in [
        ("credentials = { command = [\"a\"] }", "without its `format`"),
        ("credentials = { command = [\"a\"], format = \"x\" }", "`format` must be one of aws-process"),
        ("credentials = { profile = \"p\", command = [\"a\"], format = \"aws-process\" }", "`credentials` must be"),
        ("credentials = { profil = \"p\" }", "did you mean `profile`?"),
        ("credentials = \"p\"", "`credentials` must be"),
        ("credentials = { profile = \"p\" }\naccess_key = \"a\"", "stands beside `credentials`"),
    ] {
        let error = read(body).unwrap_err();
        assert!(error.to_string().contains(words), "{body}: {error}");
    }
}

#[tokio::test]
async fn a_profile_and_a_command_give_all_values_together() {
    let home = Home::new();
    fs::create_dir(home.0.path().join(".keys")).unwrap();
    let keys = home.0.path().join(".keys/credentials");
    let process =
        "printf '{\"Version\":1,\"AccessKeyId\":\"a\",\"SecretAccessKey\":\"hunter2\",\"SessionToken\":\"t\"}'";
    fs::write(
        &keys,
        format!("[plain]\nak = a\nsk = hunter2\n[half]\nak = a\n[made]\ncredential_process = {process}\n"),
    )
    .unwrap();
    fs::set_permissions(&keys, fs::Permissions::from_mode(0o600)).unwrap();
    let fetch = async |name: &str| {
        let whole = Given::Whole(Whole::Profile(name.into()));
        whole.sources(KEYS[0], &home.environment(&[])).fetch(false).await
    };
    assert_eq!(fetch("plain").await.unwrap().get("secret_key").unwrap().expose(), "hunter2");
    assert_eq!(fetch("made").await.unwrap().get("token").unwrap().expose(), "t");
    let failure = fetch("half").await.unwrap_err();
    assert!(failure.cause.contains("access_key alone"), "{failure}");
    assert!(failure.what.contains("profile half of"), "{failure}");
    let failure = fetch("nobody").await.unwrap_err();
    assert_eq!(failure.hint.as_deref(), Some("there are plain, half, made"));
}

#[test]
fn settings_for_all_hold_wherever_they_stand_unless_a_connection_has_its_own() {
    let home = Home::new();
    let text = "\u{feff}[connections.a]\nprovider = \"cloudflare\"\ntoken = \"t\"\ncolumns = [\"id\"]\nproxy = \"none\"\n\
                [connections.b]\nprovider = \"cloudflare\"\ntoken = \"t\"\nca_file = \"own.pem\"\n\
                [retention]\nhistory = \"90d\"\n";
    let config = home.load(&format!("proxy = \"http://proxy:3128/\"\nca_file = \"~/ca.pem\"\n{text}")).unwrap_err();
    assert_eq!(config.faults[0].place.unwrap().line, 3, "a mark in the middle is none: {config}");
    let text = text.trim_start_matches('\u{feff}');
    let config = home.load(&format!("\u{feff}proxy = \"http://proxy:3128/\"\nca_file = \"~/ca.pem\"\n{text}")).unwrap();
    let [a, b] = config.connections.as_slice() else { panic!("{config:?}") };
    assert_eq!((a.proxy.clone(), a.ca_file.clone()), (Some(Proxy::None), Some(home.0.path().join("ca.pem"))));
    assert_eq!(b.proxy, Some(Proxy::Url("http://proxy:3128".into())));
    assert_eq!(b.ca_file, Some(home.0.path().join("own.pem")));
    assert_eq!(a.columns, ["id"]);
    assert_eq!(config.retention, Retention { history: Some(Duration::from_secs(90 * 86_400)), entries: None });
}

#[test]
fn signing_out_and_in_again_keeps_all_else_in_the_file() {
    let home = Home::new();
    let text = "# mine\n[connections.a] # first\nprovider = \"cloudflare\"\nemail = \"e\"\nkey = { env = \"K\" } # secret\n\
                group = \"edge\" # stays\n\n[connections.b]\nprovider = \"cloudflare\"\ntoken = { env = \"T\" }\n# the end\n";
    let path = home.file(text, 0o644);
    let environment = home.environment(&[]);
    let editor = Editor { path: &path, environment: &environment, known: &KNOWN };
    let name = ConnectionName::new("a");
    editor.sign_out(&name, &KNOWN[0]).unwrap();
    let out = fs::read_to_string(&path).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!out.contains("email") && !out.contains("key =") && out.contains("enabled = false"), "{out}");
    for kept in ["# mine", "# first", "group = \"edge\" # stays", "token = { env = \"T\" }", "# the end"] {
        assert!(out.contains(kept), "{kept}: {out}");
    }
    let config = load(Some(&path), &environment, &KNOWN).unwrap();
    assert!(config.connections[0].credentials.is_signed_out() && !config.connections[0].enabled);
    let fields = [("token".to_owned(), Source::Keyring(Entry::parse("acctui/a").unwrap()))].into();
    let given = Given::Fields(fields);
    let entered = Entered { name: &name, facts: &KNOWN[0], base_url: None, given: &given };
    editor.sign_in(&entered).unwrap();
    let back = fs::read_to_string(&path).unwrap();
    assert!(back.contains("token = { keyring = \"acctui/a\" }") && !back.contains("enabled"), "{back}");
    // A change that would make the file wrong is none.
    let given = Given::Fields([("key".to_owned(), Source::Env("K".into()))].into());
    let error = editor.sign_in(&Entered { given: &given, ..entered }).unwrap_err();
    assert!(error.to_string().contains("not a whole credential"), "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), back);
}

#[test]
fn a_connection_may_stand_in_any_shape_that_toml_has() {
    let home = Home::new();
    let environment = home.environment(&[]);
    let given = Given::Fields([("token".to_owned(), Source::Env("NEW".into()))].into());
    for text in [
        "",
        "connections = { a = { provider = \"cloudflare\", token = { env = \"OLD\" } } }\n",
        "connections.a.provider = \"cloudflare\"\nconnections.a.token.env = \"OLD\"\n",
        "[connections.a]\nprovider = \"cloudflare\"\n[connections.a.token]\nenv = \"OLD\"\n",
        "[connections]\na = { provider = \"cloudflare\", token = { env = \"OLD\" } }\n",
        "mouse = true\r\n[connections.a]\r\nprovider = \"cloudflare\"\r\ntoken = { env = \"OLD\" }\r\n",
    ] {
        let path = home.file(text, 0o600);
        let editor = Editor { path: &path, environment: &environment, known: &KNOWN };
        let name = ConnectionName::new("a");
        editor.sign_in(&Entered { name: &name, facts: &KNOWN[0], base_url: None, given: &given }).unwrap();
        let config = load(Some(&path), &environment, &KNOWN).unwrap();
        assert_eq!(config.connections.len(), 1, "{text}");
        assert_eq!(config.connections[0].credentials.words(), "environment variable NEW", "{text}");
    }
}

/// Every line of the file that `config init` writes can be made to count.
#[test]
fn what_init_writes_is_right_without_its_comment_marks() {
    let home = Home::new();
    let text = template(&KNOWN);
    assert!(home.load(&text).unwrap().connections.is_empty());
    let lines = text.lines().filter_map(|line| line.strip_prefix("# "));
    let is_toml =
        |line: &&str| line.starts_with('[') || line.split_once(" = ").is_some_and(|(key, _)| !key.contains(' '));
    let counting = lines.filter(is_toml).collect::<Vec<&str>>().join("\n");
    let last = "[connections.NAME]\nprovider = \"cloudflare\"\ntoken = \"t\"";
    let config = home.load(&counting.replace("[connections.NAME]", last)).unwrap();
    let names: Vec<&str> = config.connections.iter().map(|connection| connection.name.as_str()).collect();
    assert_eq!(names, ["my-cloudflare", "NAME"], "{counting}");
    assert_eq!(config.retention.entries, Some(1_000_000), "what stands there is what holds without it");
}

#[test]
fn the_page_on_configuration_has_every_key() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/configuration.md");
    let page = fs::read_to_string(&path).unwrap();
    let (head, rest) = page.split_once("ACCTUI_UPDATE_DOCS=1 -->\n").unwrap();
    let (found, tail) = rest.split_once("<!-- end -->").unwrap();
    let wanted = format!("\n{}", tables());
    if Environment::read().get("ACCTUI_UPDATE_DOCS").is_some() {
        fs::write(&path, format!("{head}ACCTUI_UPDATE_DOCS=1 -->\n{wanted}<!-- end -->{tail}")).unwrap();
        return;
    }
    assert_eq!(found, wanted, "ACCTUI_UPDATE_DOCS=1 cargo test --lib config:: writes it");
}

#[test]
fn ambiguous_characters_are_one_column_wide_or_two() {
    let home = Home::new();
    for (text, expected) in
        [("", Ambiguous::Narrow), ("ambiguous_width = 1", Ambiguous::Narrow), ("ambiguous_width = 2", Ambiguous::Wide)]
    {
        assert_eq!(home.load(&format!("[ui]\n{text}\n")).unwrap().ui.ambiguous, expected, "{text}");
    }
    for text in ["0", "3", "\"2\"", "true", "2.0"] {
        let error = home.load(&format!("[ui]\nambiguous_width = {text}\n")).unwrap_err().to_string();
        assert!(error.contains("`ambiguous_width` must be 1 or 2"), "{text}: {error}");
    }
}

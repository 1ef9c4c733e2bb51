//! Whole credentials whose values belong together: a profile in the files that other programs of the provider keep, or
//! what a command prints (`aws-process`). Which files and which names is the provider's own data.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::paths::home;
use super::source::{Trouble, open_at_once};
use super::{Environment, command};
use crate::domain::{Credentials, Moment, ProviderFacts, Secret, SharedCredentials, SharedFile, shown};

/// The most that a file of profiles is read of: real ones have some kilobytes.
const MAX_BYTES: u64 = 1024 * 1024;

/// The one format of what commands print: AWS's documentation of `credential_process`.
pub(super) const FORMAT: &str = "aws-process";

/// One source of a whole credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whole {
    /// A profile of the provider's shared files.
    Profile(String),
    /// A command that prints the credential as `aws-process` says: program and arguments, no shell.
    Command(Vec<String>),
}

impl Whole {
    /// Where it is, in words that hold no value.
    pub(super) fn words(&self, facts: &ProviderFacts, environment: &Environment) -> String {
        match self {
            Self::Profile(name) => {
                let files = facts.guide.shared.map_or(&[][..], |shared| shared.files);
                let paths = files.iter().filter_map(|file| place(file, environment));
                let paths: Vec<String> = paths.map(|path| shown(&path.to_string_lossy()).into_owned()).collect();
                format!("profile {} of {}", shown(name), paths.join(" and "))
            }
            Self::Command(argv) => format!("command {}", argv.first().map_or("".into(), |word| shown(word))),
        }
    }
}

/// Where a file of profiles is: where its variable says, else at its usual place.
fn place(file: &SharedFile, environment: &Environment) -> Option<PathBuf> {
    let named = environment.get(file.env).map(PathBuf::from);
    named.or_else(|| home(environment).map(|home| home.join(file.path)))
}

/// Which profiles are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Which {
    /// Those that hold a key or name a command that prints one.
    Usable,
    /// Those, too, that need more than a file.
    All,
}

/// The profiles that can be used, in the files' order; of those that can't be read none.
pub(super) fn profiles(shared: &SharedCredentials, environment: &Environment) -> Vec<String> {
    listed(shared, environment, Which::Usable)
}

fn listed(shared: &SharedCredentials, environment: &Environment, which: Which) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for file in shared.files {
        let Some(Ok(Some(found))) = place(file, environment).map(|path| open(&path)) else { continue };
        for (section, keys) in sections(&found.text) {
            let name = section.strip_prefix(file.prefix).unwrap_or(section.as_str());
            let is_profile =
                !file.prefix.is_empty() && section != name || file.prefix.is_empty() || name == shared.profile;
            let is_one = |key: &str| {
                let is_ours = shared.keys.iter().any(|(theirs, _)| *theirs == key) || shared.command == Some(key);
                is_ours || which == Which::All && shared.beyond.iter().any(|(theirs, _)| *theirs == key)
            };
            if is_profile && keys.keys().any(|key| is_one(key)) && !names.iter().any(|there| there == name) {
                names.push(name.to_owned());
            }
        }
    }
    names
}

/// Fetches a whole credential, each time anew.
pub(super) async fn fetch(
    whole: &Whole,
    facts: &ProviderFacts,
    environment: &Environment,
    interactive: bool,
) -> Result<Credentials, Trouble> {
    // The config is refused where the provider has no such thing.
    let shared = facts.guide.shared.ok_or_else(|| Trouble::new("the provider keeps no such credentials"))?;
    let found = match whole {
        Whole::Command(argv) => printed(argv, shared, interactive).await?,
        Whole::Profile(name) => {
            let (wanted, environment) = (name.clone(), environment.clone());
            let look = move || profile(shared, &wanted, &environment);
            let found = tokio::task::spawn_blocking(look).await;
            match found.map_err(|_| Trouble::new("reading it failed"))?? {
                Profile::Values(fields) => Credentials { fields, ..Credentials::default() },
                Profile::Command(argv) => printed(&argv, shared, interactive).await?,
            }
        }
    };
    complete(&found, facts)?;
    Ok(found)
}

/// Checks that the values make one of the provider's sets.
fn complete(found: &Credentials, facts: &ProviderFacts) -> Result<(), Trouble> {
    let is_there = |name: &str| found.fields.contains_key(name);
    let fits = |set: &&crate::domain::CredentialSet| {
        set.fields.len() == found.fields.len() && set.fields.iter().all(|field| is_there(field.name))
    };
    if facts.credentials.iter().any(|set| fits(&set)) {
        return Ok(());
    }
    let there: Vec<&str> = found.fields.keys().map(String::as_str).collect();
    Err(Trouble::new(format!("it gives {} alone, which is not a whole credential", there.join(" and "))))
}

/// What a profile says.
#[derive(Debug)]
enum Profile {
    Values(BTreeMap<String, Secret>),
    Command(Vec<String>),
}

/// Looks a profile up. Values come from one file, never mixed; what needs more than a file is said.
fn profile(shared: &SharedCredentials, name: &str, environment: &Environment) -> Result<Profile, Trouble> {
    let mut found: Vec<(PathBuf, File, BTreeMap<String, String>)> = Vec::new();
    for file in shared.files {
        let Some(path) = place(file, environment) else { continue };
        let Some(opened) = open(&path)? else { continue };
        let heads = [format!("{}{name}", file.prefix), name.to_owned()];
        let is_it = |head: &str| head == heads[0] || (name == shared.profile && head == heads[1]);
        let keys = sections(&opened.text).into_iter().filter(|(head, _)| is_it(head)).flat_map(|(_, keys)| keys);
        let keys: BTreeMap<String, String> = keys.collect();
        if !keys.is_empty() {
            found.push((path, opened, keys));
        }
    }
    if found.is_empty() {
        let there = listed(shared, environment, Which::All);
        let trouble = Trouble::new("there is no such profile");
        return Err(if there.is_empty() {
            trouble
        } else {
            trouble.with_hint(format!("there are {}", there.join(", ")))
        });
    }
    for (_, _, keys) in &found {
        if let Some((key, instead)) = shared.beyond.iter().find(|(key, _)| keys.contains_key(*key)) {
            let hint = instead.replace(SharedCredentials::NAME, &shown(name));
            return Err(Trouble::new(format!("it is more than a key: it has {key}")).with_hint(hint));
        }
    }
    for (path, opened, keys) in &found {
        let value = |theirs: &str| keys.get(theirs).filter(|value| !value.is_empty());
        let pairs =
            shared.keys.iter().filter_map(|(theirs, ours)| Some(((*ours).to_owned(), Secret::new(value(theirs)?))));
        let fields: BTreeMap<String, Secret> = pairs.collect();
        if !fields.is_empty() {
            opened.private(path)?;
            return Ok(Profile::Values(fields));
        }
    }
    let command = shared.command.and_then(|key| found.iter().find_map(|(_, _, keys)| keys.get(key)));
    let Some(command) = command else {
        return Err(Trouble::new("it holds no credential"));
    };
    let argv = shell_words::split(command).map_err(|_| Trouble::new("its command has an open quote"))?;
    if argv.is_empty() {
        return Err(Trouble::new("its command is empty"));
    }
    Ok(Profile::Command(argv))
}

/// A file of profiles.
#[derive(Debug)]
struct File {
    text: String,
    /// Its permissions.
    mode: u32,
}

impl File {
    /// Refuses values that others can read.
    fn private(&self, path: &Path) -> Result<(), Trouble> {
        // The six lowest bits are what group and others may do.
        if self.mode.trailing_zeros() >= 6 {
            return Ok(());
        }
        let cause = format!(
            "others can read {} (mode {:04o}), so it is not used",
            shown(&path.to_string_lossy()),
            self.mode & 0o7777
        );
        Err(Trouble::new(cause).with_hint(format!("chmod 600 {}", path.display())))
    }
}

/// Reads a file; `None` if there is none.
fn open(path: &Path) -> Result<Option<File>, Trouble> {
    let name = shown(&path.to_string_lossy()).into_owned();
    let words = |error: std::io::Error| Trouble::new(format!("{name} can't be read: {error}"));
    let file = match open_at_once(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(words(error)),
    };
    let mode = file.metadata().map_err(words)?.permissions().mode();
    let mut bytes = Vec::new();
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(words)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(Trouble::new(format!("{name} is larger than 1 MB")));
    }
    let text = String::from_utf8(bytes).map_err(|_| Trouble::new(format!("{name} is not UTF-8 text")))?;
    Ok(Some(File { text, mode }))
}

/// The heads of a file with the keys below them. Indented lines belong to the key above and are nobody's here; a value is
/// all behind the equals sign, as keys may hold any character.
fn sections(text: &str) -> Vec<(String, BTreeMap<String, String>)> {
    let mut sections: Vec<(String, BTreeMap<String, String>)> = Vec::new();
    for line in text.trim_start_matches('\u{feff}').lines() {
        let is_inner = line.starts_with([' ', '\t']);
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(head) = line.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
            let words: Vec<&str> = head.split_whitespace().map(|word| word.trim_matches(['"', '\''])).collect();
            sections.push((words.join(" "), BTreeMap::new()));
        } else if let (Some((_, keys)), Some((key, value)), false) =
            (sections.last_mut(), line.split_once('='), is_inner)
        {
            keys.insert(key.trim().to_ascii_lowercase(), value.trim().to_owned());
        }
    }
    sections
}

/// What a credential command prints.
#[derive(Deserialize)]
struct Printed {
    #[serde(rename = "Version")]
    version: Option<u64>,
    #[serde(rename = "Expiration")]
    expiration: Option<String>,
    #[serde(flatten)]
    members: BTreeMap<String, Member>,
}

/// A member: secret from the decoding on where it is a text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Member {
    Text(Secret),
    Other(serde::de::IgnoredAny),
}

async fn printed(argv: &[String], shared: &SharedCredentials, interactive: bool) -> Result<Credentials, Trouble> {
    let output = command::run(argv, command::patience(interactive)).await.map_err(Trouble::new)?;
    understood(&output, shared)
}

fn understood(output: &[u8], shared: &SharedCredentials) -> Result<Credentials, Trouble> {
    // The error of a JSON reader may quote what it read.
    let unreadable = || Trouble::new(format!("what it prints is not what {FORMAT} says: a JSON object with Version 1"));
    let printed: Printed = serde_json::from_slice(output).map_err(|_| unreadable())?;
    if printed.version != Some(1) {
        return Err(unreadable());
    }
    let value = |name: &str| match printed.members.get(name) {
        Some(Member::Text(secret)) if !secret.expose().is_empty() => Some(secret.clone()),
        Some(Member::Text(_) | Member::Other(_)) | None => None,
    };
    let pairs = shared.printed.iter().filter_map(|(theirs, ours)| Some(((*ours).to_owned(), value(theirs)?)));
    let fields: BTreeMap<String, Secret> = pairs.collect();
    if fields.is_empty() {
        return Err(Trouble::new("it prints no credential"));
    }
    let moment = |text: &String| {
        let time: jiff::Timestamp =
            text.parse().map_err(|_| Trouble::new("the Expiration that it prints is no time"))?;
        Ok(Moment(u64::try_from(time.as_millisecond()).unwrap_or(0)))
    };
    let expires = printed.expiration.as_ref().filter(|text| !text.is_empty()).map(moment).transpose()?;
    Ok(Credentials { fields, expires, ..Credentials::default() })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const SHARED: SharedCredentials = SharedCredentials {
        files: &[
            SharedFile { env: "KEYS_FILE", path: ".keys/credentials", prefix: "" },
            SharedFile { env: "KEYS_CONFIG", path: ".keys/config", prefix: "profile " },
        ],
        profile_env: &[],
        profile: "default",
        keys: &[("ak", "access_key"), ("sk", "secret_key")],
        command: Some("credential_process"),
        beyond: &[("role_arn", "ask another program for NAME")],
        printed: &[("AccessKeyId", "access_key"), ("SecretAccessKey", "secret_key")],
    };

    fn write(path: &Path, text: &str, mode: u32) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    fn world() -> (tempfile::TempDir, Environment) {
        let home = tempfile::tempdir().unwrap();
        write(
            &home.path().join(".keys/credentials"),
            "\u{feff}# mine\r\n[default]\r\nak = one\r\nsk=a=b#c \r\n\n[half]\nak = two\n[ quoted ]\nAK = q\nsk = r\n",
            0o600,
        );
        write(
            &home.path().join(".keys/config"),
            "[default]\nregion = x\n[profile half]\nsk = never mixed\n[profile printed]\ncredential_process = printf \
             '{\"Version\":1}'\n[profile role]\nrole_arn = r\ns3 =\n  ak = nested\n[profile empty]\nregion = y\n",
            0o644,
        );
        let environment = Environment::from_iter([("HOME", home.path().to_str().unwrap())]);
        (home, environment)
    }

    fn values(name: &str, environment: &Environment) -> Vec<(String, String)> {
        match profile(&SHARED, name, environment).unwrap() {
            Profile::Values(fields) => {
                fields.into_iter().map(|(name, value)| (name, value.expose().to_owned())).collect()
            }
            Profile::Command(argv) => vec![("command".into(), argv.join("|"))],
        }
    }

    #[test]
    fn a_profile_is_found_in_the_first_file_that_has_its_key_and_nothing_is_mixed() {
        let (_home, environment) = world();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(values("default", &environment), [pair("access_key", "one"), pair("secret_key", "a=b#c")]);
        assert_eq!(values("half", &environment), [pair("access_key", "two")]);
        assert_eq!(values("quoted", &environment), [pair("access_key", "q"), pair("secret_key", "r")]);
        assert_eq!(values("printed", &environment), [pair("command", "printf|{\"Version\":1}")]);
        assert_eq!(profiles(&SHARED, &environment), ["default", "half", "quoted", "printed"]);
    }

    #[test]
    fn what_can_t_be_used_says_why() {
        let (home, environment) = world();
        let trouble = |name: &str| profile(&SHARED, name, &environment).unwrap_err();
        assert_eq!(trouble("nobody").hint.unwrap(), "there are default, half, quoted, printed, role");
        assert_eq!(trouble("role").hint.unwrap(), "ask another program for role");
        assert_eq!(trouble("empty").cause, "it holds no credential");
        let path = home.path().join(".keys/credentials");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let open = trouble("default");
        assert!(open.cause.contains("mode 0640") && open.hint.unwrap().starts_with("chmod 600"), "{}", open.cause);
    }

    #[test]
    fn what_a_command_prints_is_taken_with_its_end_and_never_quoted() {
        let read = |text: &str| understood(text.as_bytes(), &SHARED);
        let whole =
            r#"{"Version":1,"AccessKeyId":"a","SecretAccessKey":"s","Expiration":"2030-01-01T00:00:00Z","X":2}"#;
        let found = read(whole).unwrap();
        assert_eq!(found.expires, Some(Moment(1_893_456_000_000)));
        assert_eq!(found.get("secret_key").unwrap().expose(), "s");
        for bad in [
            "canary",
            r#"{"AccessKeyId":"canary","SecretAccessKey":"s"}"#,
            r#"{"Version":2,"AccessKeyId":"canary"}"#,
            r#"{"Version":1,"AccessKeyId":7}"#,
            r#"{"Version":1,"AccessKeyId":"canary","Expiration":"canary"}"#,
            "[\"canary\"]",
        ] {
            let trouble = read(bad).unwrap_err();
            assert!(!format!("{trouble:?}").contains("canary"), "{bad}: {trouble:?}");
        }
    }
}

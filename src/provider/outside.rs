//! An account outside of this program: its page in the provider's web dashboard, and the command of another program that
//! shows the same. Data of each provider's [`Spec`]; nothing is asked of anybody.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{Asked, AskedBody, Spec};

/// What may stand in a step of a path as it is (RFC 3986, unreserved).
const STEP: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
/// What stands for the account's id.
const ID: &str = "{id}";

/// The account in the programs that people use beside this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outside {
    /// Its page in the provider's web dashboard.
    pub page: Dashboard,
    /// The headers with which `curl` signs in, with shell variables for the values, for each kind of credential by its
    /// words. None where each request is signed by itself.
    pub headers: &'static [(&'static str, &'static [&'static str])],
    /// The name and the secret with which `curl` signs, as shell variables, where it knows the way.
    pub signer: Option<&'static str>,
    /// The command that shows the account.
    pub command: Command,
}

/// A page in a web dashboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dashboard {
    /// This address, with the account's id for `{id}`; known for the public API alone.
    Account(&'static str),
    /// The first page at the host of the API: which account it shows is the dashboard's to say.
    Host,
    /// There is none that is known, because of this.
    None(&'static str),
}

/// A command of another program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// `curl` of this path below the base URL, with the account's id for `{id}`.
    Get(&'static str),
    /// These words, with the account's id for `{id}`; and the flag that names another server than the public one.
    Program(&'static [&'static str], &'static str),
    /// There is none, because of this.
    None(&'static str),
}

impl Outside {
    /// Nothing is known.
    pub const NONE: Self = Self {
        page: Dashboard::None("no page of its dashboard is known"),
        headers: &[],
        signer: None,
        command: Command::None("no command of another program is known that shows it"),
    };
}

impl Spec {
    /// The address of an account's page in the provider's web dashboard.
    ///
    /// # Errors
    /// Why there is none, in a sentence.
    pub fn page(&self, id: &str, base_url: &str) -> Result<String, String> {
        match self.outside.page {
            Dashboard::None(why) => Err(why.to_owned()),
            Dashboard::Account(page) if base_url == self.base_url => Ok(page.replace(ID, &step(id))),
            Dashboard::Account(_) => {
                Err(format!("where the dashboard of {} is, is known for its public API alone", self.title))
            }
            Dashboard::Host => match url::Url::parse(base_url) {
                Ok(url) if url.scheme() == "https" => Ok(format!("{}/", url.origin().ascii_serialization())),
                Ok(_) | Err(_) => Err("at an address of this machine there is no dashboard".to_owned()),
            },
        }
    }

    /// The command of another program that shows an account, for a shell; secrets are variables. `credential` is the kind
    /// of credential in words, where that is known.
    ///
    /// # Errors
    /// Why there is none, in a sentence.
    pub fn command(&self, id: &str, base_url: &str, credential: Option<&str>) -> Result<String, String> {
        match self.outside.command {
            Command::None(why) => Err(why.to_owned()),
            Command::Get(path) => {
                let base = base_url.trim_end_matches('/');
                let url = format!("{base}{}", path.replace(ID, &step(id)));
                self.curl(&Asked { url, headers: Vec::new(), body: AskedBody::None, signing: None }, credential)
            }
            Command::Program(words, server) => {
                let mut words: Vec<String> = words.iter().map(|word| word.replace(ID, id)).collect();
                if base_url != self.base_url {
                    words.extend([server.to_owned(), base_url.to_owned()]);
                }
                Ok(shell_words::join(words))
            }
        }
    }

    /// `curl` that reads the same, for a shell; secrets are variables.
    ///
    /// # Errors
    /// Why there is none, in a sentence.
    pub fn curl(&self, asked: &Asked, credential: Option<&str>) -> Result<String, String> {
        let known = self.outside.headers.iter().find(|(words, _)| Some(*words) == credential);
        let Some((_, headers)) = known.or(self.outside.headers.first()) else {
            return Err(format!("{} wants each request signed by itself, which curl can't be told here", self.title));
        };
        let mut command = "curl".to_owned();
        if let Some(signer) = self.outside.signer {
            let Some(signing) = &asked.signing else {
                return Err("how it was signed is not known".to_owned());
            };
            command.extend([" --aws-sigv4 ", signing, " --user \"", signer, "\""]);
        }
        for header in *headers {
            // Double quotes: the shell fills the variables in. The headers are this program's own words.
            command.extend([" -H \"", header, "\""]);
        }
        for (name, value) in &asked.headers {
            command.extend([" -H ", &shell_words::quote(&format!("{name}: {value}"))]);
        }
        match &asked.body {
            AskedBody::None => {}
            // With a body it is a POST.
            AskedBody::Kept(body) => command.extend([" -d ", &shell_words::quote(body)]),
            AskedBody::Secret => return Err("it may have sent a secret, so what it sent is not kept".to_owned()),
        }
        Ok(format!("{command} {}", shell_words::quote(&asked.url)))
    }
}

/// A text as one step of a path.
fn step(id: &str) -> String {
    utf8_percent_encode(id, STEP).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::registry;

    fn spec(id: &str) -> &'static Spec {
        registry().iter().map(|kind| kind.spec).find(|spec| spec.facts.id == id).unwrap()
    }

    #[test]
    fn an_account_has_a_command_of_another_program_with_its_secrets_as_variables() {
        let of = |provider: &str, id: &str, credential: Option<&str>| {
            let spec = spec(provider);
            spec.command(id, spec.base_url, credential)
        };
        assert_eq!(
            of("cloudflare", "0f3c", None).unwrap(),
            "curl -H \"Authorization: Bearer $CLOUDFLARE_API_TOKEN\" https://api.cloudflare.com/client/v4/accounts/0f3c"
        );
        let key = of("cloudflare", "a b'$(id)", Some("e-mail and Global API Key")).unwrap();
        assert!(key.contains("-H \"X-Auth-Email: $CLOUDFLARE_EMAIL\" -H \"X-Auth-Key: $CLOUDFLARE_API_KEY\""), "{key}");
        assert!(key.ends_with("/accounts/a%20b%27%24%28id%29'"), "{key}");
        assert_eq!(
            of("cloud66", "12", None).unwrap(),
            "curl -H \"Authorization: Bearer $CLOUD66_TOKEN\" https://app.cloud66.com/api/3/accounts/12"
        );
        assert_eq!(
            of("aws", "123456789012", None).unwrap(),
            "aws organizations describe-account --account-id 123456789012"
        );
        let elsewhere = spec("aws").command("1;reboot", "http://127.0.0.1:9/aws", None).unwrap();
        let expected =
            "aws organizations describe-account --account-id '1;reboot' --endpoint-url http://127.0.0.1:9/aws";
        assert_eq!(elsewhere, expected);
        for provider in ["huawei", "landscape"] {
            assert!(of(provider, "x", None).is_err(), "{provider}");
        }
    }

    #[test]
    fn every_variable_of_a_header_is_one_that_the_provider_s_own_tools_or_this_program_read() {
        for spec in registry().iter().map(|kind| kind.spec) {
            let known: Vec<&str> =
                spec.facts.credentials.iter().flat_map(|set| set.fields).flat_map(|field| field.env).copied().collect();
            for (_, headers) in spec.outside.headers {
                for header in *headers {
                    let (_, variable) = header.split_once('$').unwrap();
                    assert!(known.contains(&variable) || variable == "LANDSCAPE_JWT", "{}: {variable}", spec.title);
                }
            }
            let words: Vec<&str> = spec.facts.credentials.iter().map(|set| set.words).collect();
            if let Some(signer) = spec.outside.signer {
                assert!(signer.split(':').all(|part| known.contains(&part.trim_start_matches('$'))), "{signer}");
                assert!(spec.outside.headers.iter().all(|(kind, _)| words.contains(kind)), "{words:?}");
            }
        }
    }

    #[test]
    fn a_read_that_is_a_post_is_asked_again_with_its_body_signed_by_curl_and_a_secret_body_is_not() {
        let mut asked = Asked {
            url: "https://organizations.us-east-1.amazonaws.com/".into(),
            headers: vec![("x-amz-target", "AWSOrganizationsV20161128.ListRoots".into())],
            body: AskedBody::Kept("{\"NextToken\":\"a'b\"}".into()),
            signing: Some("aws:amz:us-east-1:organizations".into()),
        };
        let plain = spec("aws").curl(&asked, Some("access key")).unwrap();
        assert_eq!(
            plain,
            "curl --aws-sigv4 aws:amz:us-east-1:organizations --user \"$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY\" \
             -H 'x-amz-target: AWSOrganizationsV20161128.ListRoots' -d '{\"NextToken\":\"a'\\''b\"}' \
             https://organizations.us-east-1.amazonaws.com/"
        );
        let temporary = spec("aws").curl(&asked, Some("temporary access key")).unwrap();
        assert!(temporary.contains("-H \"X-Amz-Security-Token: $AWS_SESSION_TOKEN\""), "{temporary}");
        assert!(spec("huawei").curl(&asked, None).is_err());
        asked.body = AskedBody::Secret;
        assert!(spec("landscape").curl(&asked, None).unwrap_err().contains("secret"));
    }

    #[test]
    fn a_page_is_given_where_its_address_is_known() {
        let public = |provider: &str, id: &str| spec(provider).page(id, spec(provider).base_url);
        assert_eq!(public("cloudflare", "0f3c").unwrap(), "https://dash.cloudflare.com/0f3c");
        assert_eq!(public("cloudflare", "../x").unwrap(), "https://dash.cloudflare.com/..%2Fx");
        assert_eq!(public("landscape", "onward").unwrap(), "https://landscape.canonical.com/");
        assert_eq!(
            spec("landscape").page("onward", "https://landscape.example:8443/api/v2").unwrap(),
            "https://landscape.example:8443/"
        );
        for (provider, base_url) in [
            ("cloudflare", "https://proxy.example/client/v4"),
            ("landscape", "http://127.0.0.1:7/landscape/api/v2"),
            ("huawei", "https://organizations.myhuaweicloud.com"),
        ] {
            let why = spec(provider).page("x", base_url).unwrap_err();
            assert!(why.len() > 20, "{why}");
        }
    }
}

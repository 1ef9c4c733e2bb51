//! What Landscape's documents leave open, or say in two ways. The first value of each is the likeliest one.

use crate::sim::assume::open_questions;

open_questions! {
    "landscape",
    CONTENT_TYPE = "content-type": ["required", "any"],
        "Whether POST, PUT and PATCH without a JSON content type are refused with 415, as from 26.04 on, or accepted as before.";
    CONTENT_TYPE_BARE = "content-type-without-body": ["required", "free"],
        "Whether the JSON content type is demanded of a write that has no body, too.";
    ERROR_BODY = "error-body": ["error-message", "with-detail", "code-message", "empty"],
        "The body of a REST refusal: error and message, those with a null detail, code and message (a third-party description), or none.";
    SERVER_ERROR = "server-error": ["json", "text"],
        "What the body of a 500 is.";
    THROTTLE = "throttle": ["429-seconds", "429-bare", "503-bare"],
        "How a throttled request is refused, for which no document has a word.";
    TOKEN_SHAPE = "token-shape": ["jwt", "no-dots"],
        "Whether a token has the three dotted parts of a JWT; one documented sample has no dots.";
    LOGIN_FAILURE = "login-failure": ["401-Unauthorized", "401-InvalidCredentials", "400-BadRequest"],
        "How a login with a wrong password or key is refused.";
    NOT_YOURS = "account-not-yours": ["403", "404", "400"],
        "The status for a login or switch to an account that the user is not in.";
    DISABLED = "disabled-account": ["403", "500"],
        "How a token of a disabled account is refused: 403 from 26.04 on, a generic error before.";
    DISABLED_LOGIN = "disabled-login": ["token", "403"],
        "Whether a login or switch to a disabled account gives a token.";
    DISABLED_LISTED = "disabled-listed": ["no", "yes"],
        "Whether a login lists disabled accounts; if so, some of the listed ones are disabled.";
    SUBDOMAIN_SWITCH = "subdomain-switch": ["token", "refused"],
        "Whether a switch to an account that lives on a subdomain of its own gives a token.";
    LOGIN_EXTRAS = "login-extras": ["self-hosted", "none", "interface"],
        "Which keys beside the documented ones a login has: self_hosted, none, or all that the vendor's interface reads.";
    DEFAULT_FLAG = "default-flag": ["false", "absent"],
        "Whether an account that is not the default one has default false or no default.";
    ACCOUNT_EXTRAS = "account-extras": ["present", "absent"],
        "Whether a login's accounts carry subdomain and classic_dashboard_url, which only the vendor's interface names.";
    DEFAULT_ACCOUNT = "default-account": ["first", "on-subdomain"],
        "Whether the default account can be one that lives on a subdomain.";
    LOGIN_PLACE = "login-without-v2": ["works", "404"],
        "Whether one can log in at /api/login, as some documents do, or at /api/v2/login only.";
    ME_WRONG_TOKEN = "me-wrong-token": ["401", "empty"],
        "What GET /me answers to a token that is not valid.";
    LOGOUT = "logout": ["token-lives", "token-dies"],
        "Whether a token still works after a logout with it.";
    CREATE_ACCOUNT = "create-account": ["made", "refused-has-account"],
        "What creating an account does for a user who has one: documented to fail, though users with several accounts exist.";
    SELF_SERVICE = "self-service": ["enabled", "disabled-403", "disabled-400"],
        "Whether self-service account creation is enabled, else how it is refused.";
    CREATE_STATUS = "create-account-status": ["200", "201"],
        "The status of a created account.";
    OPENID = "openid": ["null", "string"],
        "What openid is for an administrator with a password.";
    LAST_LOGIN = "last-login": ["time", "null"],
        "Whether a new account has a last_login_time.";
    STANDALONE_CREATE = "standalone-create": ["refused", "made"],
        "Whether a standalone deployment makes further accounts.";
    STANDALONE_ABSENT = "standalone-absent": ["exists-false", "404"],
        "What GET /standalone-account answers before there is one; a test of the vendor's answers 404.";
    STANDALONE_ELSEWHERE = "standalone-elsewhere": ["404", "400"],
        "The status for creating a standalone account where the deployment is none.";
    STANDALONE_STATUS = "standalone-status": ["201", "200"],
        "The status of a created standalone account.";
    PASSWORD_RULES = "password-rules": ["strong", "strong-to-50", "off"],
        "Which passwords the first administrator may have: 8 characters with both cases and a digit, at most 50, or any.";
    PASSWORD_CHANGE = "password-change": ["3-30", "8-50"],
        "The length of a password that is changed; two documents differ.";
    MISSING_FIELD = "missing-field": ["BadRequest", "MissingParameter"],
        "The error class of a body that lacks a required member.";
    UNKNOWN_FIELD = "unknown-field": ["ignored", "refused"],
        "What a member of a body does that the operation does not know.";
    PERSON_ACCOUNTS = "person-accounts": ["present", "absent"],
        "Whether GET /person has accounts with roles and oidc_identities, which only the vendor's interface names.";
    UBUNTU_ONE = "preferences-ubuntu-one": ["present", "absent"],
        "Whether preferences have ubuntu_one, which the vendor's interface lacks.";
    PATCH_REPLY = "patch-reply": ["object", "empty"],
        "What PATCH /preferences answers: all preferences, or nothing as in the vendor's test.";
    AUTO_REGISTER = "auto-register-needs-password": ["no", "yes"],
        "Whether auto-registration can be switched on only with a registration password.";
    ENDPOINT = "credential-endpoint": ["foreign", "own"],
        "Whether the endpoint of credentials names another host, as in the documented sample, or this one.";
    INVITE_STATUS = "invite-status": ["200", "201"],
        "The status of a created invitation.";
    VOID_STATUS = "void-status": ["204", "200"],
        "The status of a reply that is documented as empty.";
    NEXT_HOST = "next-host": ["asked", "other"],
        "Whether next and previous name the host that was asked or the server's own idea of it.";
    GROUP_COUNT = "access-group-count": ["own", "with-descendants"],
        "Whether a query for an access group finds the computers of the groups below it too.";
    CHILDREN = "access-group-children": ["incomplete", "complete", "empty"],
        "How far the children text of an access group can be relied on.";
    ROLE_EXTRAS = "role-extras": ["key-and-global", "global", "neither"],
        "Which of key and global_permissions a role has.";
    ADMINISTRATOR_ROLES = "administrator-roles": ["list", "single"],
        "Whether an administrator has roles, or one role as in an old sample.";
    PERMISSION_GLOBAL = "permission-global": ["present", "absent"],
        "Whether a permission says if it is global.";
    CREATED_GROUP = "created-group": ["with-name", "without-name"],
        "Whether the reply to CreateAccessGroup has the name; the documented sample lacks it.";
    REMOVED_GROUP = "removed-group": ["parent", "success"],
        "What RemoveAccessGroup answers: the parent group, or success as in the vendor's test.";
    LEGACY_GET = "legacy-get-writes": ["accepted", "refused"],
        "Whether legacy actions that change something may be sent by GET; 26.04 mends a hole there.";
    LEGACY_NOBODY = "legacy-unauthenticated": ["401-Unauthorised", "400-MissingParameter"],
        "How a legacy request without any credential is refused.";
    LEGACY_KEY = "legacy-unknown-key": ["401-AuthFailure", "403-InvalidCredentials"],
        "How a legacy request with an unknown access key is refused.";
    LEGACY_ERRORS = "legacy-errors": ["400", "404-for-unknown"],
        "The status of a legacy refusal that names something unknown.";
    LEGACY_SEVERAL = "legacy-several": ["first", "multi-error"],
        "Whether several missing arguments are reported one at a time or as a MultiError.";
    LEGACY_VOID = "legacy-void-reply": ["empty-object", "null", "no-body"],
        "What a legacy action answers that has nothing to say.";
    LEGACY_VERSIONS = "legacy-versions": ["one", "any-date"],
        "Whether any date is accepted as a legacy version, or 2011-08-01 only.";
    SIGNATURE_AGE = "signature-age": ["15-minutes", "unchecked"],
        "How far the timestamp of a signed request may be from the server's time.";
}

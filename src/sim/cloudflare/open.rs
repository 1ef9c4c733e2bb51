//! What Cloudflare's documents leave open, or what live answers are reported to do differently. The first value of each
//! is the likeliest one.

use crate::sim::assume::open_questions;

open_questions! {
    "cloudflare",
    PER_PAGE_OVER = "per-page-over-50": ["refuse", "clamp"],
        "What per_page above its documented maximum of 50 does.";
    PAGE_SIZE_OVER = "page-size-over-50": ["accept", "clamp", "refuse"],
        "What page_size above 50 does; its maximum is not documented (an older schema said 1000).";
    RESULT_INFO = "result-info": ["full", "no-totals", "absent"],
        "Which of the optional keys of result_info come with GET /accounts.";
    TOTAL_COUNT = "total-count": ["without-filters", "with-filters"],
        "Whether total_count of GET /accounts counts what the name filter leaves out (the schema says so).";
    ACCOUNTS_ORDER = "accounts-order": ["creation-here", "name", "newest-first"],
        "The order of GET /accounts, which is stable in each case; the schema names none.";
    ACCOUNTS_NAME = "accounts-name": ["exact", "contains"],
        "How the name parameter of GET /accounts compares (in either case of letters).";
    ACCOUNT_TOKEN_LIST = "account-token-list": ["same-page", "refused-1001"],
        "What an account-owned token gets from GET /accounts: the same page for every page, or 400 with code 1001.";
    WRONG_TOKEN = "wrong-token": ["401-10000", "403-10000", "403-9109", "400-9106"],
        "How a token or key is refused that nobody knows or that has expired.";
    NO_CREDENTIAL = "no-credential": ["400-9106", "401-10000", "403-10001"],
        "How a request without any credential is refused.";
    NO_PROFILE = "no-profile": ["404", "empty", "null"],
        "What GET of a profile that was never set answers: 404, five empty strings, or a null result.";
    PROFILE_CHECK = "profile-check": ["none", "email"],
        "Whether a profile's business_email must look like an e-mail address.";
    PUT_TYPE = "put-account-type": ["refused", "required"],
        "PUT /accounts/{id}: reported live, a type that is sent is refused with 1001; in the schema it is required.";
    CREATE_BARE = "create-by-name": ["standalone", "one-organization"],
        "What creating an account by name alone makes: a standalone account, or one in the only organization (else an error).";
    KEY_NEEDED = "standalone-needs-key": ["no", "yes"],
        "Whether creating a standalone account demands an Idempotency-Key.";
    KEY_REUSED = "key-reused": ["same-account", "refused"],
        "What an Idempotency-Key with another name than before gets: the account it made, or a refusal.";
    BATCH_MOVE = "batch-move": ["405", "501", "404", "works", "works-list"],
        "What POST /accounts/move answers, which is documented as not implemented; if it works, with one status or a list.";
    MOVE_HERE = "move-to-same": ["accepted", "refused"],
        "What a move to the organization that already holds the account does.";
    SOURCE_OF_STANDALONE = "source-of-standalone": ["empty", "null", "absent"],
        "What source_organization_id is when a standalone account was moved.";
    UNKNOWN_DESTINATION = "unknown-destination": ["400", "404"],
        "The status for a destination or parent organization that does not exist.";
    DELETE_RESULT = "delete-account-result": ["id", "null"],
        "The result of a deleted account, which may be null.";
    META_FLAGS = "meta-flags": ["tenant_flags", "flags", "both", "none"],
        "How the capability flags in an organization's meta are spelled; the newest clients and the schema differ.";
    HIERARCHY_TAGS = "hierarchy-tags": ["present", "absent"],
        "Whether an organization's meta has hierarchy_tags.";
    SETTINGS_NULLS = "settings-nulls": ["absent", "null"],
        "Whether settings without a value are left out of an account or null (reported live, against the schema).";
    EXTRAS = "account-extras": ["some", "none"],
        "Whether accounts carry keys that the schema does not know: legacy_flags, more settings (reported live).";
    PUBNAME = "account-pubname": ["name", "business-name"],
        "What the deprecated account_pubname filters look at.";
    UNROUTABLE = "unroutable-id": ["400", "404"],
        "The status that comes with 7003 for a malformed id.";
    UNKNOWN_ID = "unknown-id": ["404-7003", "403-9109"],
        "How a well-formed id that belongs to nothing is refused.";
    METHOD = "method-not-allowed": ["405-10405", "405-10000", "400-7001"],
        "How a method that a path does not have is refused.";
    FORBIDDEN_ORGANIZATION = "organizations-forbidden": ["403-10000", "403-9109", "403-without-code"],
        "How the organization family is refused to a credential or account that may not use it.";
    USER_TOKEN = "user-token": ["list-only", "reads", "nothing"],
        "Which operations of the organization family a user token may use.";
    UNKNOWN_QUERY = "unknown-query": ["ignored", "refused"],
        "What a query parameter does that the operation does not know.";
    THROTTLE = "throttle": ["429-971", "429-text", "400-971"],
        "How a throttled request is refused.";
    RETRY_AFTER = "retry-after": ["seconds", "date", "absent"],
        "How a throttled answer says when to come back.";
    BUDGET_HEADERS = "budget-headers": ["both", "x-ratelimit", "ratelimit", "none"],
        "Which spelling of the rate headers comes with --limits on.";
    SERVER_ERROR = "server-error": ["json", "json-without-code", "text"],
        "What the body of a 5xx is.";
}

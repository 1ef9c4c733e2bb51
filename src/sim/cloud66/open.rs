//! What Cloud 66's documents leave open, or where its documents and its own clients contradict each other. The first
//! value of each is the likeliest one.

use crate::sim::assume::open_questions;

open_questions! {
    "cloud66",
    OTP_METHOD = "otp-method": ["post-and-get", "post"],
        "Which methods /accounts/otp takes; the documentation says POST, the vendor's own library has always sent GET.";
    OTP_LIFETIME = "otp-lifetime": ["120s", "30s"],
        "How long a one-time password is good for; the documentation says it is limited, and no more.";
    READONLY_OTP = "readonly-otp": ["granted", "refused"],
        "Whether a token that can only read gets a one-time password; the scope users is all that is documented.";
    SERVICE_OTP = "service-account-otp": ["refused", "granted"],
        "Whether a service account (sim-token-account), which has no web login, gets a one-time password.";
    USERS_SCOPE = "users-list-scope": ["admin", "users"],
        "The scope that GET /users needs; newer and older documentation differ.";
    USERS_LIST = "users-list": ["short", "full"],
        "Whether the rows of GET /users carry access_profile; newer and older samples differ.";
    USER_SHAPE = "user-shape": ["library", "model"],
        "What a user's access_profile holds; the library and the documentation's model differ.";
    USERS_SELF = "users-self": ["404", "user"],
        "Whether GET /users/self exists; neither the documentation nor the library has it.";
    PUT_USER = "put-user-reply": ["envelope", "bare"],
        "Whether the reply of PUT /users/:id is in the envelope; an old sample shows it bare.";
    COUNT = "list-count": ["total", "page"],
        "What the count beside a list counts: all rows, or those of the page.";
    PER_PAGE = "per-page": ["ignored", "heard"],
        "What a per_page parameter does; none is documented.";
    BAD_PAGE = "page-invalid": ["400", "first"],
        "What a page that is no positive number gets: a refusal, or the first page.";
    PAST_END = "page-past-end": ["empty", "404"],
        "What a page after the last one gets.";
    BAD_ID = "malformed-id": ["404", "400"],
        "The status for an account or user id that is no number.";
    FORBIDDEN = "forbidden-account": ["403", "404", "400"],
        "How an account that exists and may not be read is refused (the fault forbid); each of them is documented.";
    RESTRICTED = "restricted-account": ["none", "one"],
        "Whether one account is restricted, which is documented to answer 400.";
    SERVERS = "unmanaged-servers": ["endpoint", "library", "model", "all"],
        "The shape of an unmanaged server: two samples and the library differ (the model's id is a number), or all three.";
    SERVERS_UNASKED = "servers-unasked": ["null", "absent"],
        "Whether unmanaged_servers is null or left out where it is not filled; older samples lack it.";
    SERVERS_IN_BODY = "servers-in-body": ["heard", "ignored"],
        "Whether include_servers counts in the body of a GET, where older clients put it.";
    DATES = "dates": ["z", "offset"],
        "How moments end: samples show Z, the text promises +00:00.";
    NAMELESS = "friendly-name": ["empty", "null", "absent", "always-set"],
        "How an account without a friendly name shows: the official client knows that it can be empty.";
    SCRIPT = "registration-script": ["secret", "plain"],
        "Whether server_registration_script holds a secret of the account; two samples differ.";
    ORDER = "accounts-order": ["by-id", "newest-first"],
        "The order of GET /accounts, which is stable in each case; none is documented.";
    GATEWAYS_OF_OTHERS = "gateways-of-others": ["listed", "refused"],
        "Whether the gateways of other accounts than the primary one are listed; the official client expects errors.";
    GATEWAYS_PAGINATION = "gateways-pagination": ["present", "absent"],
        "Whether the list of gateways has a pagination object; some lists have none, which means one page.";
    STACKS_SCOPE = "stacks-scope": ["all", "primary"],
        "Which stacks are listed without X-Account: those of all accounts, or of the primary one.";
    STACK_FILTERS = "stack-filters": ["contains", "exact"],
        "How the filters of GET /stacks compare, which only the library knows.";
    UNKNOWN_SCOPE = "unknown-x-account": ["404", "ignored"],
        "What an X-Account header does that names no account of the user.";
    ERROR_BODY = "error-body": ["description", "details", "text"],
        "What a refusal's body holds: error and error_description, details too (the library reads both), or no JSON.";
    SERVER_ERROR = "server-error": ["json", "html"],
        "What the body of a 5xx is that nobody decided on.";
    METHOD = "method-not-allowed": ["404", "405"],
        "The status for a method that a path does not have; 405 is not among the documented ones.";
    RETRY_AFTER = "retry-after": ["absent", "seconds"],
        "Whether a throttled answer says when to come back.";
    HOURLY_LIMIT = "hourly-limit": ["3000", "3600"],
        "How many requests an hour holds; the text says 3,000, the samples' headers 3600.";
    BUDGET_HEADERS = "budget-headers": ["x-ratelimit", "none"],
        "Whether replies carry X-RateLimit-Limit and X-RateLimit-Remaining; old samples show them among the request's.";
    WARNING = "warning": ["none", "present"],
        "Whether successes carry an X-Cloud66-Warning, which the library prints.";
}

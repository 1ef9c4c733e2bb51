//! What AWS's documents leave open, or where servers of different ages differ. The first value of each is the likeliest
//! one.

use crate::sim::assume::open_questions;

open_questions! {
    "aws",
    ACCOUNT_STATUS = "account-status": ["state", "both", "status"],
        "Which of State and Status an account has: Status was to be retired on 9 September 2026, older servers know no State.";
    PATHS = "paths": ["present", "absent"],
        "Whether accounts have Paths and units a Path; older servers have neither.";
    UNKNOWN_STATE = "unknown-state": ["absent", "present"],
        "Whether an account is in a state that no document names.";
    CLOSED_STATE = "closed-state": ["CLOSED", "SUSPENDED"],
        "The State of an account that was closed: one document names each.";
    EMPTY_PAGES = "empty-pages": ["rare", "never", "often", "first"],
        "How often a page is empty though more follow: one of 24, none, one of three, or the first of each list.";
    FULL_LAST_PAGE = "full-last-page": ["ends", "has-token"],
        "Whether a page that holds the last rows, and as many as it can, still has a token, to an empty page.";
    LAST_TOKEN = "last-token": ["absent", "null"],
        "How the last page says that it is the last.";
    LIMIT_OVER = "max-results-over": ["refused", "clamped"],
        "What a MaxResults over the documented 20 does.";
    EMPTY_OUTPUT = "empty-output": ["nothing", "object"],
        "What the body of an operation without output is: nothing, or {}.";
    ERROR_TYPE = "error-type": ["body", "prefixed", "both", "header"],
        "Where Organizations names an exception: in __type, there with a namespace, there and in x-amzn-errortype, or in the latter alone.";
    MESSAGE_KEY = "error-message": ["Message", "message"],
        "How the key of an exception's text is spelled by Organizations.";
    ACCOUNT_ERROR_TYPE = "account-error-type": ["plain", "with-address"],
        "Whether x-amzn-errortype of Account Management has an address behind the name, as older services have.";
    CREDENTIAL_STATUS = "credential-status": ["by-service", "403"],
        "The status of a refused credential: 400 at Organizations and 403 at Account Management, or 403 at both.";
    UNSIGNED_HEADERS = "unsigned-headers": ["refused", "accepted"],
        "Whether a signature is good that leaves out the host or an x-amz header.";
    DENIED_DETAIL = "denied-detail": ["present", "absent"],
        "Whether Account Management says in brackets why a caller is not authorized.";
    THROTTLE = "throttle": ["TooManyRequestsException", "ThrottlingException", "ConcurrentModificationException"],
        "The exception of a throttled request at Organizations; the last one comes for writes only, the first one for reads then.";
    RETRY_AFTER = "retry-after": ["absent", "seconds"],
        "Whether a throttled answer says when to come back.";
    SERVER_ERROR = "server-error": ["json", "text"],
        "What the body of a 5xx is.";
    MALFORMED_ID = "malformed-id": ["InvalidInputException", "as-unknown"],
        "How Organizations refuses an id that does not have the documented shape.";
    UNKNOWN_MEMBER = "unknown-member": ["AccessDeniedException", "ResourceNotFoundException"],
        "How Account Management refuses the id of an account that is not in the organization.";
    ACCOUNT_QUOTA = "account-quota": ["at-once", "fails-later"],
        "When a creation over the number of accounts is refused: at once, or in its status.";
    CREATION_TAKES = "creation-takes": ["2-polls", "0-polls", "8-polls"],
        "How many looks at the status of a creation still see it in progress.";
    CREATION_QUOTA = "creation-quota": ["TooManyRequestsException", "ConstraintViolationException"],
        "How a sixth creation at once is refused.";
    MOVE_MANAGEMENT = "move-management": ["accepted", "AccessDeniedException"],
        "Whether the management account may be moved.";
    CLOSING_TAKES = "closing-takes": ["2-polls", "0-polls", "8-polls"],
        "How many looks at an account still see PENDING_CLOSURE.";
    CLOSING_AGAIN = "closing-again": ["ConflictException", "AccountAlreadyClosedException"],
        "How closing an account is refused that is being closed.";
    REMOVE_CREATED = "remove-created": ["accepted", "ConstraintViolationException"],
        "Whether an account may be removed that was created here, or lacks what it needs to stand alone.";
}

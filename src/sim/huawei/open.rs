//! What Huawei's documents leave open. The first value of each is the likeliest one. Values such as
//! `404-Organizations.1301` are a status and an error code; where the published table of codes does not reach, the code
//! is invented here, within its documented family (10xx general, 12xx units, 13xx accounts, 14xx invitations).

use crate::sim::assume::open_questions;

open_questions! {
    "huawei",
    UNSIGNED_HOST = "unsigned-host": ["refused", "accepted"],
        "Whether a signature that leaves out the host header is good.";
    UNSIGNED_TOKEN = "unsigned-security-token": ["refused", "accepted"],
        "What X-Security-Token does when it is sent and not among the signed headers.";
    UNENCODED_PATH = "unencoded-path": ["accepted", "refused"],
        "Whether a path whose colon was sent as itself and signed as %3A has a good signature.";
    LOCK_COUNTS = "lock-counts": ["signatures", "signatures-and-clock"],
        "Which failures count for the lock of an access key: wrong signatures, or expired ones as well.";
    IAM_TOKEN = "iam-token": ["refused", "accepted"],
        "Whether X-Auth-Token takes the place of a signature (no table of Organizations lists it).";
    REQUEST_ID = "request-id-in-body": ["gateway-only", "always"],
        "Whether errors of Organizations itself carry request_id in their body, as those of the gateway do.";
    ERROR_SHAPE = "error-shape": ["error_code", "errorCode", "code", "nested"],
        "How the keys of an error body are spelled; the official clients understand all of these.";
    DENIED_DETAIL = "denied-detail": ["absent", "present"],
        "Whether a refusal by policy carries encoded_authorization_message.";
    NO_ORGANIZATION = "no-organization": ["401-Organizations.1015", "404-Organizations.1015"],
        "How a caller is refused whose account is in no organization.";
    UNKNOWN_ACCOUNT = "unknown-account": ["404-Organizations.1301", "400-Organizations.1301", "403-Organizations.1007"],
        "How the id of an account is refused that is not in the organization.";
    UNKNOWN_UNIT = "unknown-unit": ["404-Organizations.1201", "400-Organizations.1201", "403-Organizations.1007"],
        "How the id of a root or organizational unit is refused that does not exist.";
    UNKNOWN_OTHER = "unknown-other": ["404-Organizations.1014", "400-Organizations.1014"],
        "How the id of a status, an invitation or a policy is refused that does not exist.";
    MALFORMED_ID = "malformed-id": ["as-unknown", "400-Organizations.1016"],
        "How an id is refused that does not have the documented shape.";
    INVALID = "invalid-parameter": ["400-Organizations.1016", "400-APIGW.0201"],
        "Status and code of a parameter or body that breaks the rules.";
    METHOD = "method-not-allowed": ["404-APIGW.0101", "405-APIGW.0106"],
        "How a method is refused that a path does not have.";
    CONTENT_TYPE = "missing-content-type": ["ignored", "404-Organizations.1010"],
        "What a body without a Content-Type header leads to.";
    LIMIT_OVER = "limit-over": ["2000-refused", "2000-clamped", "1000-refused"],
        "The largest limit, and what a larger one does; old documents bound a page to 2000 rows.";
    CONTACT_LIMIT_OVER = "contact-limit-over": ["refused", "clamped"],
        "What a limit over 200 does when contact data is asked for.";
    CONTACT_NO_LIMIT = "contact-without-limit": ["200", "refused", "1000"],
        "The size of a page with contact data when no limit is sent.";
    CONTACT_NOT_ASKED = "contact-not-asked": ["absent", "null"],
        "How email, mobile_phone and intl_number_prefix look when they were not asked for.";
    PREFIX_FORM = "phone-prefix": ["0049", "+49", "49"],
        "How intl_number_prefix is written.";
    MARKER = "marker": ["last-id", "next-id", "opaque"],
        "What a marker is: the id of the page's last row, that of the next page's first, or a text without meaning.";
    BAD_MARKER = "bad-marker": ["refused", "first-page"],
        "What a marker leads to that was never given.";
    LAST_PAGE = "last-page": ["null", "empty", "no-key", "no-page-info"],
        "How the last page says that it is the last; null is documented.";
    CURRENT_COUNT = "current-count": ["present", "absent"],
        "Whether page_info has its optional current_count.";
    ORDER = "accounts-order": ["creation-here", "newest-first"],
        "The order of accounts in a list, which is stable in each case.";
    ENTITIES_BOTH = "entities-of-both": ["both-hold", "refused"],
        "What entities with parent_id and child_id together does.";
    DEEPEST = "unit-too-deep": ["400-Organizations.1203", "409-Organizations.1203"],
        "How a sixth level of organizational units is refused.";
    UNIT_QUOTA = "unit-quota": ["400-Organizations.1204", "403-Organizations.1204", "409-Organizations.1204"],
        "The status that comes with Organizations.1204, too many organizational units.";
    UNIT_NOT_EMPTY = "unit-not-empty": ["409-Organizations.1206", "400-Organizations.1206"],
        "How the deletion of a unit is refused that still holds something.";
    UNIT_RENAMED = "unit-renamed": ["200", "201"],
        "The status of a renamed organizational unit.";
    UNIT_DELETED = "unit-deleted": ["204", "200"],
        "The status of a deleted organizational unit, which has no body.";
    CREATED_V2 = "created-v2": ["202", "200", "201"],
        "The status of an account creation by the newer path.";
    SITE = "site": ["either", "international", "mainland"],
        "What the older creation demands: an email or a phone, the email (international site) or the phone (mainland).";
    CREATION_TAKES = "creation-takes": ["2-polls", "0-polls", "8-polls"],
        "How many looks at the status of a creation still see it in progress.";
    CREATION_QUOTA = "creation-quota": ["400-Organizations.1306", "409-Organizations.1003", "429-Organizations.1306"],
        "How a sixth creation at once is refused.";
    USED_NAME = "used-name": ["fails-later", "409-Organizations.1302"],
        "When a creation with a name or email in use is refused: in its status, or at once.";
    FAILURE_REASON = "failure-reason": ["words", "code", "null"],
        "What failure_reason of a failed creation says.";
    FAILURE_DETAIL = "failure-detail": ["absent", "present"],
        "Whether a failed creation has failure_detail_msg, which only newer documents know.";
    WRONG_SOURCE = "move-from-elsewhere": ["400-Organizations.1310", "404-Organizations.1310", "409-Organizations.1310"],
        "How a move is refused whose source is not the account's parent.";
    MOVE_HERE = "move-to-same": ["accepted", "400-Organizations.1311"],
        "What a move to the parent that already holds the account does.";
    MOVE_MANAGEMENT = "move-management": ["accepted", "400-Organizations.1312"],
        "Whether the management account may be moved.";
    CLEARED = "cleared-description": ["empty", "null", "absent"],
        "How a description looks that was cleared.";
    CLOSING_TAKES = "closing-takes": ["2-polls", "0-polls", "8-polls"],
        "How many looks at an account or at the closures still see pending_closure.";
    CLOSE_INVITED = "close-invited": ["accepted", "400-Organizations.1326"],
        "Whether an account may be closed that joined by invitation.";
    CLOSE_MANAGEMENT = "close-management": ["400-Organizations.1327", "403-Organizations.1327"],
        "How closing or removing the management account is refused.";
    CLOSING_QUOTA = "closing-quota": ["400-Organizations.1328", "409-Organizations.1003", "429-Organizations.1328"],
        "How a fourth closure at once is refused.";
    CLOSING_MONTH = "closing-month": ["raised", "ten-percent"],
        "Whether closures in 30 days are held to the documented 10 % of the active accounts, at most 200.";
    REMOVE_CREATED = "remove-created": ["accepted", "400-Organizations.1329"],
        "Whether an account may be removed that was created here, or lacks what it needs to stand alone.";
    REMOVE_DELEGATE = "remove-delegate": ["400-Organizations.1330", "409-Organizations.1330"],
        "How removing a delegated administrator is refused.";
    INVITED = "invited-status": ["201", "200", "202"],
        "The status of an invitation.";
    INVITE_MEMBER = "invite-member": ["409-Organizations.1402", "400-Organizations.1402"],
        "How inviting an account is refused that is a member or already invited.";
    INVITE_QUOTA = "invite-quota": ["400-Organizations.1403", "429-Organizations.1403"],
        "How the twenty-first invitation of a day is refused.";
    ACCEPT_ELSEWHERE = "accept-elsewhere": ["409-Organizations.1404", "400-Organizations.1404"],
        "How an invitation of another organization is refused to an account that is in one.";
    TAGGED = "tagged-status": ["204", "200"],
        "The status of added and removed tags.";
    MATCHES = "name-matches": ["contains", "exact"],
        "How the name in matches of a search by tag compares.";
    RESOURCE_NAME = "resource-name": ["present", "absent"],
        "Whether a search by tag names the resources that it found.";
    MANAGEMENT_JOINED = "management-joined": ["invited", "created"],
        "The join_method of the management account, for which the documents have no word.";
    RETRY_AFTER = "retry-after": ["absent", "seconds"],
        "Whether a throttled answer says when to come back.";
    SERVER_ERROR = "server-error": ["gateway", "json", "text"],
        "What the body of a 5xx is.";
}

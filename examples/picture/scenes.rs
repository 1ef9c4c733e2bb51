//! What there are pictures of, and which keys lead there.

/// A screen or modal.
pub struct Scene {
    /// Its files' names begin so.
    pub name: &'static str,
    pub title: &'static str,
    /// What to see in it.
    pub words: &'static str,
    pub keys: &'static str,
    /// A text that must be on the screen, else it is not this one.
    pub shows: &'static str,
    pub sizes: &'static [&'static str],
    /// Whether it is drawn in all looks, too.
    pub looks: bool,
}

const WIDE: &[&str] = &["140x40"];
const MIDDLE: &[&str] = &["100x30"];
/// The sizes of every screen.
pub const ALL: &[&str] = &["140x40", "100x30", "60x20"];

const fn scene(
    (name, title): (&'static str, &'static str),
    words: &'static str,
    keys: &'static str,
    shows: &'static str,
) -> Scene {
    Scene { name, title, words, keys, shows, sizes: MIDDLE, looks: false }
}

/// One that the page has no room for: it is on the sheet alone.
const fn sheet((name, title): (&'static str, &'static str), keys: &'static str, shows: &'static str) -> Scene {
    Scene { sizes: &[], ..scene((name, title), "", keys, shows) }
}

/// All of them, in the page's order.
pub const SCENES: &[Scene] = &[
    Scene {
        sizes: ALL,
        looks: true,
        ..scene(
            ("list", "Accounts"),
            "Every account of every connection, the organizations that hold them, and what is known of the one under the cursor.",
            "jjjjj",
            "Accounts",
        )
    },
    scene(("filter", "Filter"), "As one types; what matched is marked, and fields are completed.", "/berl", "/ berl"),
    Scene {
        sizes: WIDE,
        ..scene(
            ("tree", "Organizations"),
            "The cursor on a node previews what is below it; Enter stays there.",
            "<tree>jjj<right>j<right>jj",
            "Organizations",
        )
    },
    scene(
        ("overview", "Detail: Overview"),
        "What the provider says of an account.",
        "/bright legal<enter><enter>",
        "Overview",
    ),
    scene(
        ("profile", "Detail: Profile"),
        "Who to call, and where bills go.",
        "/acme retail stag<enter><enter>l",
        "Profile",
    ),
    scene(
        ("hierarchy", "Detail: Hierarchy"),
        "From the root to the account; Enter opens a step.",
        "/bright legal<enter><enter>ll",
        "Hierarchy",
    ),
    scene(("raw", "Detail: Raw"), "The provider's own JSON, searched.", "/bright legal<enter><enter>lll/two", "two"),
    scene(
        ("history", "Detail: History"),
        "What syncs observed of this account: somebody renamed it.",
        "/bright legal<enter><enter><colleague:/bright legal{enter}{enter}E{end} (old){c-s}{enter}>Rllll",
        "(old)",
    ),
    scene(
        ("labels", "Labels"),
        "One's own words about an account, kept on this machine.",
        "/bright legal<enter>L",
        "Labels",
    ),
    Scene {
        sizes: ALL,
        ..scene(
            ("form", "Edit profile"),
            "Opens as soon as the profile has come; what was changed is marked.",
            "/bright legal<enter>e<end> Ltd<tab>",
            "Edit profile",
        )
    },
    Scene {
        sizes: ALL,
        ..scene(
            ("plan", "Plan"),
            "What will be sent, where, as whom, and what changes. Nothing is sent before.",
            "/bright legal<enter>e<end> Ltd<c-s>",
            "Plan",
        )
    },
    scene(("request", "Plan: the exact request"), "`x` shows it.", "/bright legal<enter>e<end> Ltd<c-s>x", "Plan"),
    scene(
        ("confirm", "Plan: a typed word"),
        "What can't be undone asks for a word.",
        "/bright legal<enter>D<word>Bright",
        "Type Bright Legal Dev to confirm",
    ),
    scene(
        ("many", "Plan of many"),
        "The marked accounts get one plan.",
        "/acme retail connection:cloudflare<enter>*m/nordics<enter><enter><c-s>",
        "Plan",
    ),
    scene(
        ("gone", "Gone meanwhile"),
        "Each write is preceded by a read: somebody else was faster, and nothing was sent.",
        "/bright legal<enter>D<colleague:/bright legal{enter}D{word}Bright Legal Dev{enter}><word>Bright Legal Dev<enter>",
        "Gone meanwhile",
    ),
    scene(
        ("conflict", "Changed meanwhile"),
        "Somebody else changed the same field: mine, theirs, and what it was, field by field.",
        "/bright legal<enter>e<end> Ltd<colleague:/bright legal{enter}e{end} GmbH{c-s}{enter}><c-s><enter>",
        "Changed meanwhile",
    ),
    Scene {
        sizes: WIDE,
        ..scene(
            ("refused", "Refused"),
            "What the provider said, and what can be done; what was typed is kept.",
            "<colleague:{tree}/root{down}{enter}{tree}NTeam North{c-s}{enter}><tree>/root<down><enter><tree>NTeam North<c-s><enter>",
            "Refused",
        )
    },
    scene(
        ("palette", "Palette"),
        "Every action, connection, organization, saved view and account, by any of its words.",
        ":bright",
        "Palette",
    ),
    scene(
        ("picker", "Move"),
        "The destination, out of the tree; where an account can't go it says why.",
        "/bright legal<enter>m",
        "Move",
    ),
    scene(
        ("new", "New account"),
        "In the organization under the cursor; F4 chooses another place.",
        "/bright legal<enter>n",
        "New account",
    ),
    scene(
        ("journal", "Journal"),
        "Every change that was sent from here, with what came of it; `U` undoes.",
        "/bright legal<enter>e<end> Ltd<c-s><enter>E<end> EU<c-s><enter>J",
        "Journal",
    ),
    scene(("activity", "Activity"), "Requests as they are made.", "a", "Activity"),
    scene(
        ("changes", "What syncs observed"),
        "Of all accounts.",
        "<colleague:/bright legal{enter}{enter}E{end} (old){c-s}{enter}>RaH",
        "name: Bright",
    ),
    scene(
        ("connections", "Connections"),
        "How each is protected, who it is there, and how its listing stands.",
        "<f2>",
        "Connections",
    ),
    scene(("help", "Help"), "The keys that count here; a disabled one says why.", "?", "Help"),
    scene(("welcome", "Nothing configured"), "What to do first, and the demo.", "<only:>", "Welcome"),
    scene(("sort", "After s"), "What may follow a prefix.", "s", "Sort by"),
    scene(("copy", "After y"), "What can be copied, and why not.", "/bright legal<enter>y", "Copy"),
    scene(
        ("wrong", "A filter that means nothing"),
        "It says where and why; the last good result stays.",
        "/acme created:<maybe",
        "created",
    ),
    scene(("none", "Nothing found"), "An empty list says why.", "/acme zebra zoo<enter>", "zebra"),
    scene(
        ("value", "A value, whole"),
        "What a row of the detail has no room for.",
        "/bright legal<enter><enter>j<enter>",
        "ID",
    ),
    scene(
        ("views", "Saved views"),
        "Scope, filter, order and columns under a name, on the keys 1 to 9.",
        "/stores<enter>VStores",
        "Views",
    ),
    scene(("columns", "Columns"), "Which, in what order, how wide.", "C", "Columns"),
    scene(
        ("chooser", "Close or remove"),
        "Where there are two ways to end an account.",
        "/connection:huawei status:active<enter>D",
        "lose",
    ),
    scene(("search", "Search at the provider"), "The provider's own parameters.", "F", "earch"),
    scene(("place", "Where"), "The place of something new.", "/bright legal<enter>n<f4>", "here"),
    scene(
        ("on_all", "Edit many"),
        "The same value on each marked account; blank leaves it as it is.",
        "/acme retail connection:cloudflare<enter>*e<enter>",
        "Edit",
    ),
    scene(
        ("ways", "Edit many: how"),
        "A form, or a sheet in the editor.",
        "/acme retail connection:cloudflare<enter>*e",
        "Edit",
    ),
    scene(
        ("summary", "What came of many"),
        "Each change with its outcome.",
        "/acme retail connection:cloudflare<enter>*m/nordics<enter><enter><c-s><word>",
        "Plan",
    ),
    scene(
        ("sending", "Stop"),
        "Between two changes a plan can be stopped.",
        "/acme retail connection:cloudflare<enter>*m/nordics<enter><enter><c-s><hold><word><esc>",
        "Stop?",
    ),
    // The plan that is being sent stays on the screen: no key of today leads to this one.
    Scene {
        sizes: &[],
        ..scene(
            ("quit", "Quit"),
            "What is on its way is waited for.",
            "/acme retail connection:cloudflare<enter>*m/nordics<enter><enter><c-s><hold><word><quit>",
            "Quit?",
        )
    },
    scene(
        ("vanished", "Are they gone"),
        "So many accounts vanished at once that the credential may be why.",
        "<vanished>aHT",
        "Are they gone?",
    ),
    // Ids of changes are others each time: the next two are on the sheet alone.
    Scene {
        sizes: &[],
        ..scene(
            ("done", "Was it done"),
            "An outcome that nobody but the user can tell.",
            "<fault:drop-after-write=1>/bright legal<enter>nTeam Shop<c-s><enter><esc><esc><esc>J<enter>d",
            "Was it done?",
        )
    },
    Scene {
        sizes: &[],
        ..scene(
            ("not_done", "Was it not done"),
            "The same, the other way.",
            "<fault:drop-after-write=1>/bright legal<enter>nTeam Shop<c-s><enter><esc><esc><esc>J<enter>n",
            "Was it not done?",
        )
    },
    scene(
        ("identity", "Who holds it"),
        "A credential that is somebody else's now.",
        "/bright legal<enter>e<end> Ltd<other><c-s><esc><esc><esc><f2>w",
        "olds",
    ),
    // Its id is another one each time: it is on the sheet alone.
    Scene {
        sizes: &[],
        ..scene(
            ("record", "A change of the journal"),
            "All that is known of it.",
            "/bright legal<enter>e<end> Ltd<c-s><enter>J<enter>",
            "onfirmed",
        )
    },
    scene(("sent", "A request"), "All that is known of it, but its secrets.", "aj<enter>", "GET"),
    sheet(("marks", "Marks"), "jjj<space>j<space>/acme<enter>", "2 marked"),
    sheet(("first_run", "The first run"), "<own>", "hides this"),
    sheet(("loading", "Loading"), "<loading>", "oading"),
    sheet(("loading_one", "Loading one"), "<loading><only:cloudflare>", "oading"),
    sheet(("expired", "A credential that is over"), "<expired>", "failed"),
    sheet(("expired_one", "Nothing but that"), "<expired><only:cloudflare>", "cloudflare"),
    sheet(("expired_connections", "Connections: failed"), "<expired><f2>", "Connections"),
    sheet(("no_network", "No network"), "<down>", "no network"),
    sheet(("offline", "Offline"), "<offline><later:200>", "offline"),
    sheet(("stale", "A listing of some hours ago"), "<later:200>jjj", "3 h"),
    sheet(("no_organizations", "No organizations"), "<fault:no-organizations><only:cloudflare><tree>", "Organizations"),
    sheet(("flat", "A provider without any"), "<only:cloud66>jj", "Accounts"),
    sheet(("new_server", "A new server"), "<only:landscape-new>", "No account"),
    sheet(("aws", "Another provider"), "<only:aws>jj<enter>", "Detail"),
    sheet(("aws_profile", "Its contact information"), "<only:aws>jj<enter>l", "Detail"),
    sheet(("aws_form", "A long form"), "<only:aws>jje<end> Ltd", "Edit profile"),
    sheet(("partial", "A hierarchy in part"), "<fault:forbid=Meridian Europe>", "huawei: not every"),
    sheet(("too_small", "Too small"), "<size:19x5>", "too small"),
    sheet(("smallest", "The smallest"), "<size:20x6>", "Acc"),
    sheet(("low", "A low and narrow one"), "<size:40x12>j", "Accounts"),
    sheet(("read_only", "Read-only"), "<read-only>/connection:cloudflare<enter>", "Accounts"),
    sheet(("pinned", "A pinned account"), "/stark<enter>f", "Accounts"),
    sheet(("labelled", "An account with labels"), "/bright legal<enter>Lgold<enter>", "gold"),
    sheet(("labels_put", "Labels: two of them"), "/bright legal<enter>Lgold<enter>Leu<enter>L", "New label"),
    sheet(("zoomed", "One pane alone"), "/bright legal<enter>z", "all panes"),
    sheet(("detail_loading", "Detail: loading"), "<silent>/acme retail stag<enter><enter>l", "loading"),
    sheet(
        ("detail_failed", "Detail: failed"),
        "<fault:500=1@/cloudflare/client/v4/accounts/>/acme retail stag<enter><enter>l",
        "Detail",
    ),
    sheet(("detail_none", "Detail: no profile"), "/bright legal<enter><enter>l", "No profile"),
    sheet(("detail_secret", "Detail: a secret"), "/acme connection:landscape<enter><enter>", "shows it"),
    sheet(("detail_reveal", "Detail: a secret shown"), "/acme connection:landscape<enter><enter>v", "Detail"),
    sheet(("detail_end", "Detail: its end"), "/acme connection:landscape<enter><enter>G", "Detail"),
    sheet(("detail_servers", "Detail: servers"), "/connection:cloud66<enter>i<enter>G", "Detail"),
    sheet(("detail_huawei", "Detail: not asked"), "/connection:huawei northwind<enter><enter>", "Detail"),
    sheet(("detail_flat", "Detail: no hierarchy"), "/connection:cloud66<enter><enter>ll", "Hierarchy"),
    sheet(("detail_connection", "Detail: a connection"), "<tree><tab><tab>", "Detail"),
    sheet(("detail_siblings", "The accounts beside it"), "/bright legal<enter><enter>b", "Accounts"),
    sheet(("detail_holder", "The organization that holds it"), "/bright legal<enter><enter>O", "Detail"),
    sheet(("detail_times", "Ages"), "/bright legal<enter><enter>T", "ago"),
    sheet(("raw_folded", "Raw, folded"), "/bright legal<enter><enter>lll-", "Raw"),
    sheet(("history_none", "No history yet"), "/bright legal<enter><enter>llll", "History"),
    sheet(("tree_filter", "A filter of the tree"), "<tree>/eu", "Organizations"),
    sheet(("complete", "Completion"), "/sta<tab>", "stat"),
    sheet(("complete_values", "Completion of values"), "/status:<tab>", "status:"),
    sheet(("quoted", "A filter that means nothing, kept"), "/acme created:<maybe<enter>", "created"),
    sheet(("edit_account", "Edit account"), "/bright legal<enter>E<end> EU", "Edit"),
    sheet(("new_organization", "New organization"), "<tree>jjjNTeam North", "ew "),
    sheet(("rename", "Rename"), "<tree>jjjE<end> EU", "ename"),
    sheet(("form_fault", "A form with a fault"), "/bright legal<enter>e<tab>nobody<tab>", "!"),
    sheet(("form_loading", "A form: loading"), "<silent>/bright legal<enter>e", "Reading"),
    sheet(
        ("form_failed", "A form: failed"),
        "<fault:500=1@/cloudflare/client/v4/accounts/>/bright legal<enter>e",
        "Edit profile",
    ),
    sheet(("form_discard", "A form: thrown away"), "/bright legal<enter>e<end> Ltd<f5>", "Edit profile"),
    sheet(("form_button", "A form: its button"), "/bright legal<enter>n<tab><tab>", "Review"),
    sheet(("form_choice", "A form: a choice"), "F<tab><right>", "Search"),
    sheet(("found", "What the provider found"), "F<tab><right><c-s>", "Accounts"),
    sheet(("plan_reading", "A plan: reading"), "/bright legal<enter>e<end> Ltd<silent><c-s>", "Plan"),
    sheet(("plan_sending", "A plan: sending"), "/bright legal<enter>e<end> Ltd<c-s><hold><enter>", "sending"),
    sheet(("plan_move", "A plan: a move"), "/bright legal<enter>m/nordics<enter><enter><c-s>", "Plan"),
    sheet(("plan_create", "A plan: something new"), "/bright legal<enter>nTeam Shop<c-s>", "Plan"),
    sheet(("plan_typed", "A plan: before its word"), "/bright legal<enter>D", "Plan"),
    sheet(("plan_close", "A plan: close"), "/connection:huawei status:active northwind<enter>D<enter>", "Plan"),
    sheet(
        ("unknown", "An unknown outcome"),
        "<fault:drop-after-write=1>/bright legal<enter>nTeam Shop<c-s><enter>",
        "nknown",
    ),
    sheet(("saved", "Saved"), "/bright legal<enter>e<end> Ltd<c-s><enter>", "Saved"),
    sheet(
        ("conflict_mine", "Changed meanwhile: mine"),
        "/bright legal<enter>e<end> Ltd<colleague:/bright legal{enter}e{end} GmbH{c-s}{enter}><c-s><enter>m",
        "Changed meanwhile",
    ),
    sheet(("picker_chosen", "Move: marked"), "/bright legal<enter>m/nordics<enter><enter>", "Move"),
    sheet(("picker_filter", "Move: a filter"), "/bright legal<enter>m/nor", "Move"),
    sheet(("palette_empty", "Palette: all"), ":", "Palette"),
    sheet(("palette_reason", "Palette: a reason"), ":undo", "Palette"),
    sheet(("palette_none", "Palette: nothing"), ":qqqqq", "Nothing matches"),
    sheet(("journal_empty", "Journal: empty"), "J", "Journal"),
    sheet(("journal_filter", "Journal: a filter"), "/bright legal<enter>e<end> Ltd<c-s><enter>J/bri", "Journal"),
    sheet(("undo", "Undo"), "/bright legal<enter>E<end> EU<c-s><enter>JU", "Plan"),
    sheet(("undone", "Undone"), "/bright legal<enter>E<end> EU<c-s><enter>JU<enter>", "Journal"),
    sheet(("activity_filter", "Activity: a filter"), "a/cloud66", "Activity"),
    sheet(("activity_failed", "Activity: a failure"), "<expired>a/accounts", "Activity"),
    sheet(("activity_copy", "Activity: after y"), "ay", "Copy"),
    sheet(("history_empty", "History: empty"), "aH", "History"),
    sheet(("vanished_list", "Vanished"), "<vanished>aH", "no longer visible"),
    sheet(("help_filter", "Help: a search"), "?/mark", "Help"),
    sheet(("help_form", "Help: in a form"), "/bright legal<enter>n<f1>", "Help"),
    sheet(("help_end", "Help: its end"), "?G", "Help"),
    sheet(("copied", "Copied"), "/bright legal<enter>yi", "opied"),
    sheet(("signed_in", "The web dashboard"), "/connection:cloud66<enter>o", "primary account"),
    sheet(("views_saved", "Saved views: a list"), "/stores<enter>VStores<enter>V<down>", "Stores"),
    sheet(("columns_moved", "Columns: another one"), "Cjjjjjjjj<space>+", "Columns"),
    sheet(("sorted", "Sorted"), "sc", "by "),
    sheet(
        ("sheet_wrong", "A sheet that can't be read"),
        "/acme retail connection:cloudflare<enter>*e<down><enter>",
        "sheet",
    ),
    sheet(("value_long", "A long value, whole"), "/long long<enter><enter><enter>", "Value"),
    sheet(("key_off", "A key that does nothing"), "/connection:cloud66<enter>e", "Cloud 66"),
];

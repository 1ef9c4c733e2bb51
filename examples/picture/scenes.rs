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
            "<backtab>jjj<right>j<right>jj",
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
        "/bright legal<enter>D<enter>Bright",
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
        "/bright legal<enter>D<colleague:/bright legal{enter}D{enter}Bright Legal Dev{enter}><enter>Bright Legal Dev<enter>",
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
            "<colleague:{backtab}/root{down}{enter}{backtab}NTeam North{c-s}{enter}><backtab>/root<down><enter><backtab>NTeam North<c-s><enter>",
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
        "(old)",
    ),
    scene(
        ("connections", "Connections"),
        "How each is protected, who it is there, and how its listing stands.",
        "<f2>",
        "Connections",
    ),
    scene(("help", "Help"), "The keys that count here; a disabled one says why.", "?", "Help"),
    scene(("welcome", "Nothing configured"), "What to do first, and the demo.", "<unconfigured>", "Welcome"),
    scene(("sort", "After s"), "What may follow a prefix.", "s", "sort by"),
    scene(("copy", "After y"), "What can be copied, and why not.", "/bright legal<enter>y", "copy"),
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
        "/acme retail connection:cloudflare<enter>*m/nordics<enter><enter><c-s><enter><enter>",
        "Plan",
    ),
    scene(
        ("sending", "Stop"),
        "Between two changes a plan can be stopped.",
        "/acme retail connection:cloudflare<enter>*m/nordics<enter><enter><c-s><hold><enter><enter><enter><enter><enter><enter><esc>",
        "Stop?",
    ),
    // The plan that is being sent stays on the screen: no key of today leads to this one.
    Scene {
        sizes: &[],
        ..scene(
            ("quit", "Quit"),
            "What is on its way is waited for.",
            "/acme retail connection:cloudflare<enter>*m/nordics<enter><enter><c-s><hold><enter><enter><enter><enter><enter><enter><quit>",
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
            "<lossy>/bright legal<enter>nTeam Shop<c-s><enter><esc><esc><esc>J<enter>d",
            "Was it done?",
        )
    },
    Scene {
        sizes: &[],
        ..scene(
            ("not_done", "Was it not done"),
            "The same, the other way.",
            "<lossy>/bright legal<enter>nTeam Shop<c-s><enter><esc><esc><esc>J<enter>n",
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
];

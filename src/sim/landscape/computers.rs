//! Computers, made up from the seed, and pages by `limit` and `offset`.

use serde_json::{Map, Value, json};
use url::form_urlencoded;

use crate::sim::chance::{blend, pick};
use crate::sim::request::{Answer, Ask};

use super::licenses::is_true;
use super::open;
use super::problem::Problem;
use super::query::Query;
use super::rows::Account;
use super::site::Site;

/// The page if no `limit` is sent (Landscape documentation).
const PAGE: usize = 1_000;
/// One in so many computers is a Windows one, with a Linux child after it.
const WINDOWS: u32 = 23;
/// One in so many is archived.
const ARCHIVED: u32 = 29;

const KINDS: [(&str, &str, &str); 8] = [
    ("Application Server", "appserv", "webfarm"),
    ("Build Runner", "build", "ci"),
    ("Database", "db", "postgres"),
    ("Edge Node", "edge", "cdn"),
    ("Kiosk", "kiosk", "retail"),
    ("Workstation", "desk", "desktop"),
    ("Büro-Rechner", "buero", "desktop"),
    ("監視カメラ", "camera", "sensor"),
];
/// Releases: version and code name.
const RELEASES: [(&str, &str); 5] =
    [("18.04", "bionic"), ("20.04", "focal"), ("22.04", "jammy"), ("24.04", "noble"), ("26.04", "resolute")];

/// One computer, as far as queries look at it.
#[derive(Debug, Clone)]
pub(super) struct Machine {
    /// From 1.
    pub(super) id: u32,
    pub(super) title: String,
    pub(super) hostname: String,
    pub(super) group: String,
    pub(super) tags: Vec<&'static str>,
    pub(super) release: (&'static str, &'static str),
    archived: bool,
    windows: bool,
    /// The id of the Windows computer that it runs on.
    parent: Option<u32>,
    drawn: u64,
}

impl Site {
    /// `GET /computers`.
    pub(super) fn computers(&self, ask: &Ask, number: u32) -> Result<Answer, Problem> {
        let account = self.seen_account(ask, number)?;
        let found = self.found(ask, number, &account, ask.param("query").unwrap_or(""))?;
        page(self, ask, PAGE, &found, |one| self.render_machine(ask, number, &account, one))
    }

    /// `GET /computers/{id}`.
    pub(super) fn computer(&self, ask: &Ask, number: u32, id: &str) -> Result<Answer, Problem> {
        let account = self.seen_account(ask, number)?;
        let place = id.parse::<u32>().ok().and_then(|id| id.checked_sub(1));
        let place = place.filter(|place| *place < account.computers);
        let place = place.ok_or_else(|| Problem::missing(format!("No computer with the id {id}")))?;
        let machine = self.machine(number, &account, place);
        let mut json = self.render_machine(ask, number, &account, &machine);
        json["archived"] = machine.archived.into();
        Ok(Answer::json(200, json))
    }

    /// The computers that a query finds. Landscape documentation: without archived ones, and without those that run on
    /// another, unless asked for.
    pub(super) fn found(
        &self,
        ask: &Ask,
        number: u32,
        account: &Account,
        query: &str,
    ) -> Result<Vec<Machine>, Problem> {
        let query = Query::parse(query, account, self.assumes(open::GROUP_COUNT, "with-descendants"))?;
        for name in &query.named {
            Self::not_forbidden(ask, account, name)?;
        }
        let archived = is_true(ask, "archived_only");
        let root_only = ask.param("root_only").is_none() || is_true(ask, "root_only");
        let (parents, children) = (is_true(ask, "wsl_parents"), is_true(ask, "wsl_children"));
        let wanted = |machine: &Machine| {
            let kind = (!parents && !children)
                || (parents && machine.windows)
                || (children && !root_only && machine.parent.is_some());
            machine.archived == archived && kind && !(root_only && machine.parent.is_some()) && query.matches(machine)
        };
        Ok((0..account.computers).map(|place| self.machine(number, account, place)).filter(wanted).collect())
    }

    fn machine(&self, number: u32, account: &Account, place: u32) -> Machine {
        let drawn = blend(&[self.demo.seed, u64::from(number), 95, u64::from(place)]);
        let (windows, child) = (place % WINDOWS == WINDOWS - 16, place % WINDOWS == WINDOWS - 15);
        let (kind, host, tag) = KINDS[pick(drawn, KINDS.len())];
        let id = place + 1;
        let title = match (windows, child, place % 97) {
            (true, ..) => format!("Windows Laptop {id}"),
            (_, true, _) => format!("Linux on Windows {id}"),
            (_, _, 41) => format!("{kind} \u{1b}[31m{id}\u{202e}"),
            _ => format!("{kind} {id}"),
        };
        let name = if windows || child { "laptop" } else { host };
        Machine {
            id,
            title,
            hostname: format!("{name}{id}"),
            group: account.settled(self.demo.group_of(number, place)).to_owned(),
            tags: if windows { vec!["laptop", "windows"] } else { vec![tag, "server"] },
            release: if windows { ("10 / 11", "windows") } else { RELEASES[pick(drawn >> 8, RELEASES.len())] },
            archived: place % ARCHIVED == ARCHIVED - 1 && !windows && !child,
            windows,
            parent: child.then_some(place),
            drawn,
        }
    }

    /// A computer (Landscape documentation's samples).
    pub(super) fn render_machine(&self, ask: &Ask, number: u32, account: &Account, one: &Machine) -> Value {
        let mut map = self.summary(one);
        let other = |id: u32| Value::Object(self.summary(&self.machine(number, account, id - 1)));
        let child = (one.windows && one.id < account.computers).then(|| one.id + 1);
        map.insert("default_child".into(), json!(child));
        map.insert("is_default_child".into(), one.parent.map_or(Value::Null, |_| true.into()));
        let children: Vec<Value> = child.into_iter().map(other).collect();
        map.insert("children".into(), children.into());
        map.insert("parent".into(), one.parent.map_or(Value::Null, other));
        let upgrades = json!({"regular": one.drawn % 40, "security": one.drawn % 7});
        let extras = [
            ("with_alerts", "alerts", json!([])),
            ("with_upgrades", "upgrades", upgrades),
            ("with_release_upgrades", "has_release_upgrades", one.drawn.is_multiple_of(3).into()),
            ("with_network", "network_devices", json!([])),
            ("with_all_network", "network_devices", json!([])),
            ("with_hardware", "hardware", json!([])),
            ("with_annotations", "annotations", json!({})),
            ("with_grouped_hardware", "grouped_hardware", json!({})),
            ("with_wsl_profiles", "wsl_profiles", json!([])),
        ];
        for (parameter, key, value) in extras {
            if is_true(ask, parameter) {
                map.insert(key.into(), value);
            }
        }
        Value::Object(map)
    }

    fn summary(&self, one: &Machine) -> Map<String, Value> {
        let memory = 1_024_u64 << (one.drawn % 6);
        let seen = self.demo.moment(one.id, one.drawn % 1_000).to_string();
        let summary = json!({
            "id": one.id,
            "title": one.title,
            "comment": if one.drawn.is_multiple_of(5) { "moved from the old site" } else { "" },
            "hostname": one.hostname,
            "total_memory": memory,
            "total_swap": memory / 2,
            "reboot_required_flag": one.drawn.is_multiple_of(6),
            "update_manager_prompt": "normal",
            "clone_id": null,
            "last_exchange_time": null,
            "last_ping_time": (!one.drawn.is_multiple_of(9)).then_some(seen),
            "tags": one.tags,
            "access_group": one.group,
            "distribution": one.release.0,
            "cloud_instance_metadata": {},
            "vm_info": null,
            "container_info": null,
            "ubuntu_pro_info": null,
            "is_wsl_instance": one.parent.is_some(),
        });
        if let Value::Object(map) = summary { map } else { Map::new() }
    }
}

/// A page of rows: `count`, `results`, and absolute addresses of the pages beside it (Landscape documentation).
pub(super) fn page<T>(
    site: &Site,
    ask: &Ask,
    default: usize,
    rows: &[T],
    render: impl Fn(&T) -> Value,
) -> Result<Answer, Problem> {
    let (mut limit, offset) = (number(ask, "limit", default)?, number(ask, "offset", 0)?);
    if ask.weather.short_pages {
        limit = (limit * 2 / 3).max(1);
    }
    let end = offset.saturating_add(limit).min(rows.len());
    let mut results: Vec<Value> = rows.get(offset..end).unwrap_or(&[]).iter().map(render).collect();
    ask.weather.disturb(&mut results);
    let address = |offset: usize| address(site, ask, limit, offset);
    let next = (end > offset && end < rows.len()).then_some(if ask.weather.repeat_token { offset } else { end });
    let previous = (offset > 0).then(|| offset.saturating_sub(limit));
    Ok(Answer::json(
        200,
        json!({
            "count": rows.len(),
            "results": results,
            "next": next.map(address),
            "previous": previous.map(address),
        }),
    ))
}

fn number(ask: &Ask, name: &str, default: usize) -> Result<usize, Problem> {
    let wrong = |_| Problem::bad(format!("{name} must be a non-negative integer"));
    ask.param(name).map_or(Ok(default), |text| text.parse().map_err(wrong))
}

/// The address of the page at `offset`.
fn address(site: &Site, ask: &Ask, limit: usize, offset: usize) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(ask.query.iter().filter(|(name, _)| name != "limit" && name != "offset"));
    query.append_pair("limit", &limit.to_string()).append_pair("offset", &offset.to_string());
    let query = query.finish();
    if site.assumes(open::NEXT_HOST, "other") {
        let below = ask.path.strip_prefix(ask.mount).unwrap_or(&ask.path);
        return format!("https://landscape.internal.example{below}?{query}");
    }
    format!("http://{}{}?{query}", ask.header("host").unwrap_or("localhost"), ask.path)
}

//! The stack of modals: one list, one top, focus derived from it.

use crate::forms::Form;
use crate::forms::place::Place;
use crate::panes::{
    activity, chooser, columns, confirm, conflict, connections, failure, help, history, identity, journal, labels,
    palette, picker, plan, value, views,
};

/// A modal. Each kind's state, rows, update and drawing are in its own file.
#[derive(Clone, Debug)]
pub enum Modal {
    /// What the keys do here.
    Help(help::Help),
    /// A form.
    Form(Box<Form>),
    /// Where something is to be made.
    Place(Box<Place>),
    /// A plan, from the reading to the sending.
    Plan(Box<plan::PlanView>),
    /// Mine, theirs, base.
    Conflict(Box<conflict::ConflictView>),
    /// Where to move.
    Picker(Box<picker::Picker>),
    /// Which of several ways.
    Chooser(Box<chooser::Chooser>),
    /// A question.
    Confirm(confirm::Confirm),
    /// Who holds a connection.
    Identity(Box<identity::IdentityView>),
    /// A failure with all its items.
    Failure(failure::FailureView),
    /// The requests.
    Activity(activity::Activity),
    /// The connections.
    Connections(connections::Connections),
    /// The changes that were made.
    Journal(Box<journal::Journal>),
    /// What syncs observed.
    History(Box<history::History>),
    /// One value of the detail, whole.
    Value(Box<value::ValueView>),
    /// The saved views.
    Views(Box<views::Views>),
    /// Which columns the list has.
    Columns(Box<columns::Columns>),
    /// The user's own labels and note.
    Labels(Box<labels::Labels>),
    /// All that can be run or gone to.
    Palette(Box<palette::Palette>),
}

impl Modal {
    /// Whether the movement keys scroll it or move in it (a form has fields instead).
    #[must_use]
    pub fn scrolls(&self) -> bool {
        match self {
            Self::Form(_) | Self::Confirm(_) | Self::Identity(_) => false,
            Self::Plan(view) => view.word().is_none(),
            Self::Help(_)
            | Self::Place(_)
            | Self::Picker(_)
            | Self::Chooser(_)
            | Self::Conflict(_)
            | Self::Failure(_)
            | Self::Activity(_)
            | Self::Connections(_)
            | Self::Journal(_)
            | Self::Labels(_)
            | Self::Palette(_)
            | Self::Columns(_)
            | Self::Value(_)
            | Self::Views(_)
            | Self::History(_) => true,
        }
    }

    /// Whether it takes the place of the modals below it, as a step on the same way: their edges around it would only
    /// confuse. A question, a choice or a list lies over what it is about.
    #[must_use]
    pub fn covers(&self) -> bool {
        match self {
            Self::Form(_)
            | Self::Place(_)
            | Self::Plan(_)
            | Self::Conflict(_)
            | Self::Picker(_)
            | Self::Failure(_)
            | Self::Activity(_)
            | Self::Journal(_)
            | Self::History(_) => true,
            Self::Help(_)
            | Self::Chooser(_)
            | Self::Confirm(_)
            | Self::Identity(_)
            | Self::Connections(_)
            | Self::Value(_)
            | Self::Views(_)
            | Self::Columns(_)
            | Self::Labels(_)
            | Self::Palette(_) => false,
        }
    }

    /// Whether it takes all of the screen: what would be left of the panes around it says nothing.
    #[must_use]
    pub fn fills(&self) -> bool {
        matches!(self, Self::Activity(_) | Self::Journal(_) | Self::History(_))
    }

    /// Whether a text field in it has the focus: plain characters and editing keys belong to that.
    #[must_use]
    pub fn takes_text(&self) -> bool {
        match self {
            Self::Form(form) => form.takes_text(),
            Self::Plan(view) => view.word().is_some(),
            Self::Picker(picker) => picker.filtering,
            Self::Journal(journal) => journal.is_filtering(),
            Self::History(history) => history.is_filtering(),
            Self::Activity(activity) => activity.is_filtering(),
            Self::Labels(view) => view.takes_text(),
            Self::Views(view) => view.takes_text(),
            Self::Palette(_) => true,
            Self::Help(help) => help.is_filtering(),
            Self::Place(_)
            | Self::Chooser(_)
            | Self::Conflict(_)
            | Self::Confirm(_)
            | Self::Identity(_)
            | Self::Failure(_)
            | Self::Columns(_)
            | Self::Value(_)
            | Self::Connections(_) => false,
        }
    }
}

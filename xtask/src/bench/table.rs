//! What was measured, for people.

/// One line of the table.
pub(crate) struct Row {
    /// What it is about.
    pub(crate) figure: String,
    /// What was measured, with its unit.
    pub(crate) measured: String,
    /// What must be reached, and what is aimed for.
    pub(crate) must: &'static str,
}

/// The rows as Markdown.
pub(crate) fn markdown(rows: &[Row]) -> String {
    let mut text = String::from("| figure | measured | must (aim) |\n|---|---|---|\n");
    for Row { figure, measured, must } in rows {
        text.push_str(&format!("| {figure} | {measured} | {must} |\n"));
    }
    text
}

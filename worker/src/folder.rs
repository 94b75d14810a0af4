//! Which outputs of a plan put their files into the same folder: those of a catalogue that come again, or are above
//! others, are planned as outputs of their own.

use proto::definition::Output;
use proto::plan::{Plan, PlannedOutput};

/// The output of the definition that a planned one stands for.
pub(crate) fn output<'p>(plan: &'p Plan, planned: &PlannedOutput) -> Option<&'p Output> {
    plan.definition.outputs.get(planned.index as usize)
}

/// How many batches put files into the folder of an output: of a catalogue's, more than one may.
pub(crate) fn batches(plan: &Plan, of: &Output) -> u32 {
    all(plan, of).map(|(planned, _)| planned.batches).sum()
}

/// Whether objects of an output go on with those of one before.
pub(crate) fn goes_on(plan: &Plan, planned: &PlannedOutput, of: &Output) -> bool {
    let tells = |of: &Output| of.easydb.as_ref().map(|easydb| easydb.tells_changes());
    let own = tells(of);
    let mut before = all(plan, of)
        .filter(|(one, _)| one.first < planned.first && one.batches > 0)
        .map(|(_, output)| tells(output));
    own.is_some() && before.any(|other| other == own)
}

/// The outputs whose files are in the folder of one, that one too.
fn all<'p>(
    plan: &'p Plan,
    of: &'p Output,
) -> impl Iterator<Item = (&'p PlannedOutput, &'p Output)> {
    let named = plan.outputs.iter().filter_map(move |one| Some((one, output(plan, one)?)));
    named.filter(move |(_, output)| output.to == of.to && output.from == of.from)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn what_is_above_others_goes_on_with_them_where_there_are_any() {
        let asked = |to: &str, csv: &Value| json!({"to": to, "from": "m", "easydb": {"csv": csv}});
        let (none, users) = (json!({}), json!({"changelog": "users"}));
        let outputs = [asked("a/", &users), asked("b/", &none), asked("a/", &users)];
        let mut plan = Plan {
            owner: None,
            definition: serde_json::from_value(json!({"name": "Kai", "outputs": outputs})).unwrap(),
            attempt: String::new(),
            outputs: Vec::new(),
            batches: 5,
            records: None,
            bytes: None,
        };
        let made_of = |index: u32, first: u32, batches: u32| PlannedOutput {
            index,
            member: None,
            fields: None,
            search: None,
            columns: None,
            view: None,
            sheets: Vec::new(),
            merge: None,
            first,
            batches,
        };
        for (of_first, expected) in [(2, [false, false, true]), (0, [false, false, false])] {
            plan.outputs =
                vec![made_of(0, 0, of_first), made_of(1, of_first, 1), made_of(2, of_first + 1, 2)];
            let going_on =
                plan.outputs.iter().map(|one| goes_on(&plan, one, output(&plan, one).unwrap()));
            assert_eq!(going_on.collect::<Vec<_>>(), expected);
        }
        assert_eq!(batches(&plan, &plan.definition.outputs[0]), 2);
    }
}

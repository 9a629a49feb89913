//! A fix for people whose policies are Terraform code: the statements that are new or changed, as HCL.
//!
//! Source: HashiCorp, "HCL Native Syntax Specification" (template literals, object and tuple constructors), "Terraform
//! style guide" (what `terraform fmt` does); Terraform AWS provider, the resources named.

mod hcl;
mod place;
mod statements;
#[cfg(test)]
mod tests;
mod value;

use super::{Fix, FixKind};
use crate::principal::Principal;
use crate::snapshot::Layer;
pub use place::label;
use place::place;
use statements::{Step, steps};

/// The new or changed statements as items of the list in `jsonencode({ … Statement = [ … ] })`, each under a comment
/// that names the resource it belongs into and what becomes of the statement. A policy that does not exist yet is given
/// with all its statements.
///
/// `None` where there is nothing to edit, or nothing that Terraform could own.
pub fn terraform(fix: &Fix, who: &Principal) -> Option<String> {
    if !fix.editable || fix.kind == FixKind::Nothing {
        return None;
    }
    let edited = fix.edited.as_ref()?;
    let place = place(fix, who)?;
    let new = matches!(fix.kind, FixKind::Attach | FixKind::ReplaceBoundary);
    let before = if new { Vec::new() } else { statements::read(&edited.before) };
    let after = statements::read(&edited.after);
    let mut out = String::new();
    for step in steps(&before, &after) {
        out.push_str("# ");
        out.push_str(&place);
        let statement = match step {
            Step::Changed(index, statement) => {
                out.push_str(&format!(": Statement[{index}] becomes\n"));
                statement
            }
            Step::Added(statement) => {
                // The place of a new policy of a principal or an organization says already that it is new.
                let said = fix.layer != Layer::Resource;
                out.push_str(if !new {
                    ": add this statement"
                } else if said {
                    ""
                } else {
                    ", new"
                });
                out.push('\n');
                statement
            }
            Step::Removed(index) => {
                out.push_str(&format!(": remove Statement[{index}]\n"));
                continue;
            }
        };
        out.push_str(&hcl::expression(statement, 0));
        out.push_str(",\n");
    }
    (!out.is_empty()).then_some(out)
}

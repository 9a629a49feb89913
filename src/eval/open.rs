//! Of what is open, what matters: a layer matters where, for some way in which the other open layers turn out, the
//! verdict is another with this one.

use super::layer::{LayerDecision, Outcome};
use super::naming::Naming;
use crate::snapshot::Layer;
use crate::truth::Truth;

/// How many open layers are tried in all their combinations; with more, all are told.
const TRIED: usize = 5;

/// The ways in which an open layer can turn out: it denies, it does not allow, it allows.
const WAYS: [(Truth, Truth); 3] = [(Truth::Yes, Truth::No), (Truth::No, Truth::No), (Truth::No, Truth::Yes)];

type Layers<'a> = [LayerDecision<'a>; Layer::ALL.len()];

/// Notes of every layer whether what is open in it can change the verdict.
pub(super) fn mark<'a>(layers: &mut Layers<'a>, decided: impl Fn(&Layers<'a>) -> Truth) {
    let is_open = |(_, layer): &(usize, &LayerDecision<'_>)| layer.outcome == Outcome::Undetermined;
    let open: Vec<usize> = layers.iter().enumerate().filter(is_open).map(|(number, _)| number).collect();
    if open.len() > TRIED {
        return;
    }
    let combinations = WAYS.len().pow(u32::try_from(open.len()).unwrap_or(0));
    let verdicts: Vec<Truth> = (0..combinations).map(|which| decided(&turned_out(layers, &open, which))).collect();
    for (place, number) in open.iter().enumerate() {
        // Combinations that differ in this layer alone are this far from each other.
        let step = WAYS.len().pow(u32::try_from(place).unwrap_or(0));
        let differs = |which: usize| {
            let first = which - (which / step % WAYS.len()) * step;
            verdicts.get(which) != verdicts.get(first)
        };
        if let Some(layer) = layers.get_mut(*number) {
            layer.matters = (0..combinations).any(differs);
        }
    }
}

/// The layers as combination number `which` has them.
fn turned_out<'a>(layers: &Layers<'a>, open: &[usize], which: usize) -> Layers<'a> {
    let mut layers = layers.clone();
    let mut rest = which;
    for number in open {
        let way = WAYS.get(rest % WAYS.len()).copied();
        rest /= WAYS.len();
        let (Some(layer), Some((denies, allows))) = (layers.get_mut(*number), way) else { continue };
        let known = |truth: Truth, value| if truth == Truth::Unknown { value } else { truth };
        layer.deny = known(layer.deny, denies);
        layer.allow = Naming {
            direct: known(layer.allow.direct, allows),
            role: known(layer.allow.role, allows),
            account: known(layer.allow.account, allows),
        };
    }
    layers
}

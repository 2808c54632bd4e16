// What a run is made of: data, start, preset, budget, knobs. value = panels/train/sources.setup_value(...).
// fixed.spec = panels/train/knobs.spec(). Choosing a preset fills the knobs; a knob that differs from its
// preset is kept in `own` and is all that is sent. Gives tgan.training.request() and .summary().
// Fires 'preview', 'forget', 'crop', 'keep', 'drop', 'hub', 'paste', 'near'.
import {
  $,
  budget,
  data,
  from,
  has,
  kept,
  modality,
  now,
  preset,
  presets,
  spec,
  state,
  suits,
  tuned,
  unit,
  wanted,
  whose,
} from './choice.js';
import {menus} from './menus.js';
import {build, changed, nameRows, note} from './knobs.js';
import {pictures} from './pictures.js';
import {sayUntil, until} from './until.js';
import {forecast, say} from './forecast.js';
import {busy, came, isLate} from './files.js';

let told = null; // the data set whose preview was asked for
let shownCrop = '';

// -- values from Python ---------------------------------------------------------------------------
function take() {
  const value = props.value;
  if (value?.preview) {
    state.strip = value.preview;
    if (state.strip.take) {
      wanted.data = state.strip.id;
      wanted.start = state.strip.start ?? wanted.start;
      state.crop = null;
      if (state.strip.texts) $('#train-paste').value = '';
    }
  }
  if (value?.upload && !isLate(value.upload)) {
    state.crop = value.upload;
    if (shownCrop !== state.crop.src) {
      shownCrop = state.crop.src;
      if (!$('#train-crop-title').value) $('#train-crop-title').value = state.crop.title;
    }
  }
  busy(false);
  if (props.value?.refused) tgan.toast(props.value.refused.why, 'bad');
  draw();
  if (value?.preview?.take) refit();
  else shown = fits();
  if (value?.upload) came();
  if (tgan.training.isProposed) proposed(value);
  if (state.strip?.id !== data.value && data.value && told !== data.value) {
    told = data.value;
    trigger('preview', {id: data.value});
  }
}

// files that were dropped to be trained on: kept as they are shown, then with the nearest model as start
function proposed(value) {
  if (value?.upload?.enough) $('#train-keep').click();
  else if (value?.preview?.take) trigger('near', {id: value.preview.id});
  else if (!value?.upload) return;
  tgan.training.isProposed = !!value?.upload?.enough;
}

function draw() {
  tgan.words(element, whose());
  menus();
  nameRows();
  note();
  changed();
  pictures();
  say();
}

tgan.training ??= {};
tgan.training.request = () => {
  const part = (of) =>
    Object.fromEntries(
      spec.knobs
        .filter((k) => k.of === of && has(k.key) && suits(k) && !(of === 'model' && tuned()))
        .map((k) => [k.key, state.own[k.key]]),
    );
  return {
    title: $('#train-title').value,
    data: data.value,
    start: from.value,
    preset: preset.value,
    model: part('model'),
    train: part('train'),
    budget: Number(budget.value) || 0,
    unit: unit.value,
    until: until.value,
  };
};
const chosen = (box) => box.selectedOptions[0]?.textContent ?? '';
tgan.training.summary = () =>
  [
    chosen(data).replace(/ \(.*/, ''),
    chosen(from),
    chosen(preset),
    unit.value === 'seconds' ? tgan.span(budget.value) : `${tgan.whole(budget.value)} ${chosen(unit)}`,
  ].join(' · ');
tgan.training.now = now;
tgan.training.whose = whose;

function choosePreset() {
  state.own = {};
  if (unit.value === 'seconds') budget.value = presets[preset.value].budget;
  note();
  changed();
}

// Other data, another start: a preset and knobs for what is not there any more are let go.
let shown = {};
const fits = () => ({tuned: tuned(), modality: modality()});
function refit() {
  const before = shown;
  shown = fits();
  wanted.start = from.value; // a model of another modality is not in the menu
  if (before.tuned === shown.tuned && before.modality === shown.modality) return;
  preset.value = shown.tuned ? spec.tune : spec.first;
  choosePreset();
}

data.addEventListener('change', () => {
  wanted.data = data.value;
  told = data.value;
  draw();
  refit();
  trigger('preview', {id: data.value});
});
from.addEventListener('change', () => {
  refit();
  note();
  changed();
});
preset.addEventListener('change', choosePreset);
until.addEventListener('change', () => changed('-'));
for (const box of [budget, unit])
  box.addEventListener('change', () => {
    if (box === unit) budget.value = spec.usual[unit.value] ?? presets[preset.value].budget;
    budget.max = spec.most[unit.value];
    budget.value = Math.min(spec.most[unit.value], Math.max(1, Number(budget.value) || 1));
    changed('-');
  });
$('#train-reset').addEventListener('click', () => {
  state.own = {};
  changed();
});

// a run that begins at a moment of another: with its data and its settings, to be changed before Start
document.addEventListener('tgan:branch', ({detail: run}) => {
  state.branches = [...state.branches.filter(({id}) => id !== run.id), {...run, own: true}];
  Object.assign(wanted, {data: run.data, start: run.id});
  menus();
  preset.value = presets[run.preset] ? run.preset : spec.first;
  state.own = Object.fromEntries(
    spec.knobs.filter((k) => k.key in run.settings).map((k) => [k.key, run.settings[k.key]]),
  );
  shown = fits();
  draw();
  if (data.value !== told) trigger('preview', {id: (told = data.value)});
  $('#train-from').scrollIntoView({block: 'center'});
  $('#train-from').focus();
  tgan.toast(tgan.t('train.moment.branched'));
});

build();
menus();
if (presets[kept.preset]) {
  state.own = {};
  for (const knob of spec.knobs)
    if (Object.hasOwn(kept.own ?? {}, knob.key)) state.own[knob.key] = kept.own[knob.key];
  if (wanted.start === 'scratch' && preset.value === spec.tune) preset.value = spec.first;
}
unit.value = spec.most[kept.unit] ? kept.unit : 'seconds';
budget.value = Number(kept.budget) >= 1 ? kept.budget : presets[preset.value].budget;
budget.max = spec.most[unit.value];
take();
watch('value', take);
tgan.onLang(draw);
tgan.onLang(sayUntil);
tgan.onLook(pictures);
tgan.watchSize(element);
forecast();

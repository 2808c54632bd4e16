// Settings of the run that trains, changed while it goes on (runs/changes.py); those that it keeps are shown too,
// and why. fixed.knobs: rows of panels/train/knobs.of_a_run(). Below: the run as a command line, then and after.
// Fires 'adjust' ({settings, seen} or {budget, unit, seen}) and 'undo' ({seen}); seen: the changes known here, so
// that of two pages the second asks again.
import {told, word} from './found.js';

const $ = (s) => element.querySelector(s);
const t = tgan.ofRun;
const LIVE = ['running', 'paused'];
const box = $('#train-change');
const summary = box.querySelector('summary');
const apply = $('#train-change-do');
const undo = $('#train-change-undo');
const budget = $('#train-change-budget');
const unit = $('#train-change-unit');
const more = $('#train-change-more');
const made = (tag, values = {}) => Object.assign(document.createElement(tag), values);
let edits = {};
let of = ''; // the run and its changes that the edits are of
let asked = ''; // the same, when something was asked for

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

function edit(key, value) {
  if (same(value, tgan.run.train[key])) delete edits[key];
  else edits[key] = value;
  drawChange();
}

const CONTROLS = {
  flag(knob, id) {
    const tick = made('input', {type: 'checkbox', id});
    tick.addEventListener('change', () => edit(knob.key, tick.checked));
    return {node: tick, show: (v) => (tick.checked = !!v)};
  },
  choice(knob, id) {
    const menu = made('select', {id});
    menu.addEventListener('change', () => edit(knob.key, menu.value));
    const show = (v) => {
      if (menu.dataset.lang !== tgan.lang)
        menu.replaceChildren(...knob.choices.map((one) => new Option(word('choice.' + one, one), one)));
      menu.dataset.lang = tgan.lang;
      menu.value = v;
    };
    return {node: menu, show};
  },
  many(knob) {
    const group = made('span', {className: 'many'});
    group.setAttribute('role', 'group');
    const ticks = knob.choices.map((one) => {
      const label = made('label');
      const tick = made('input', {type: 'checkbox', value: one});
      tick.addEventListener('change', () => {
        const chosen = ticks.filter((other) => other.tick.checked);
        edit(
          knob.key,
          chosen.map((other) => other.tick.value),
        );
      });
      label.append(tick, made('span'));
      group.append(label);
      return {tick, label};
    });
    const show = (v) => {
      group.setAttribute('aria-label', t('knob.' + knob.key));
      for (const {tick, label} of ticks) {
        tick.checked = v.includes(tick.value);
        label.lastChild.textContent = word('choice.' + tick.value, tick.value);
      }
    };
    return {node: group, show};
  },
  number(knob, id) {
    const field = made('input', {type: 'number', id, min: knob.low, max: knob.high, step: 'any'});
    field.addEventListener('input', () => field.value !== '' && edit(knob.key, Number(field.value)));
    field.addEventListener('keydown', (event) => event.key === 'Enter' && !apply.disabled && apply.click());
    // what is being typed stays, but for the settings of now when they are others
    return {
      node: field,
      show: (v, isNew) => (isNew || document.activeElement !== field) && (field.value = v),
    };
  },
};

const rows = fixed.knobs.map((knob) => {
  const id = 'train-change-' + knob.key;
  const row = made('div', {className: 'setting'});
  const label = made('label', {htmlFor: knob.kind === 'many' ? '' : id});
  const control = (CONTROLS[knob.kind] ?? CONTROLS.number)(knob, id);
  row.append(label, control.node);
  if (knob.kept) for (const node of row.querySelectorAll('input, select')) node.disabled = true;
  $(knob.kept ? '.kept .settings' : '.live > .settings').append(row);
  return {knob, row, label, control};
});

// the change that Undo would take back, as runs/changes.last finds it
function newest({changes, nimg}) {
  const undone = new Set(changes.map((change) => change.undoes));
  const isOver = ({key, settings}) => key === 'budget' && !(settings.budget[0] > nimg);
  return changes.findLast((change, i) => !undone.has(i) && change.key !== 'undo' && !isOver(change));
}

function drawSettings(run) {
  const now = run.id + run.changes.length;
  const isNew = of !== now;
  if (isNew) edits = {};
  of = now;
  for (const {knob, row, label, control} of rows) {
    const medium = tgan.modalityOf(knob);
    row.hidden = !!medium && medium !== run.medium;
    row.dataset.edited = knob.key in edits ? '1' : '';
    row.title = knob.kept ? t('train.change.kept.' + knob.kept) : '';
    label.textContent = t('knob.' + knob.key);
    control.show(edits[knob.key] ?? run.train[knob.key], isNew);
  }
  const count = Object.keys(edits).length;
  const last = newest(run);
  const held = document.activeElement;
  apply.disabled = !count;
  apply.textContent = count ? t('train.change.do.n', {n: count}) : t('train.change.do');
  undo.disabled = !last;
  undo.title = last ? told(last.settings) : '';
  if (held?.disabled && [apply, undo].includes(held)) (undo.disabled ? summary : undo).focus();
}

export function drawChange() {
  const run = tgan.run;
  const isLive = !!run?.train && LIVE.includes(run.state);
  box.hidden = !run?.command;
  if (box.hidden) return;
  summary.textContent = t(isLive ? 'train.change' : 'train.command');
  $('#train-change .live').hidden = !isLive;
  if (isLive) drawSettings(run);
  const preset = run.preset && t('train.change.preset', {preset: word('preset.' + run.preset, run.preset)});
  const since = run.changes.length && t('train.change.since', {n: run.changes.length});
  $('#train-change .of').textContent = [preset, since].filter(Boolean).join(' · ');
  $('#train-change code').textContent = run.command;
}

function ask(name, values) {
  if (asked === of) return;
  asked = of;
  trigger(name, {id: tgan.run.id, seen: tgan.run.changes.length, ...values});
}
apply.addEventListener('click', () => ask('adjust', {settings: edits}));
undo.addEventListener('click', () => ask('undo', {}));
more.addEventListener('click', () => ask('adjust', {budget: Number(budget.value), unit: unit.value}));
document.addEventListener('tgan:refused', () => {
  asked = '';
  drawChange();
});

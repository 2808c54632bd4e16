// Settings of the run that trains, changed while it goes on (runs/changes.py). fixed.knobs: those that can be.
// Fires 'change' ({settings, seen} or {budget, unit, seen}) and 'undo' ({seen}); seen: the changes known here, so
// that of two pages the second asks again.
const $ = (s) => element.querySelector(s);
const t = tgan.ofRun;
const LIVE = ['running', 'paused'];
const box = $('#train-change');
const apply = $('#train-change-do');
const undo = $('#train-change-undo');
const budget = $('#train-change-budget');
const unit = $('#train-change-unit');
const more = $('#train-change-more');
const made = (tag, values = {}) => Object.assign(document.createElement(tag), values);
let edits = {};
let of = ''; // the run and its changes that the edits are of

const word = (key, otherwise) => (tgan.settings.words[key] ? t(key) : otherwise);
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
    return {node: field, show: (v) => document.activeElement !== field && (field.value = v)};
  },
};

const rows = fixed.knobs.map((knob) => {
  const id = 'train-change-' + knob.key;
  const row = made('div', {className: 'setting'});
  const label = made('label', {htmlFor: knob.kind === 'many' ? '' : id});
  const control = (CONTROLS[knob.kind] ?? CONTROLS.number)(knob, id);
  row.append(label, control.node);
  $('#train-change .settings').append(row);
  return {knob, row, label, control};
});

export function drawChange() {
  const run = tgan.run;
  box.hidden = !run?.train || !LIVE.includes(run.state);
  if (box.hidden) return;
  const now = run.id + run.changes.length;
  if (of !== now) {
    edits = {};
    of = now;
  }
  for (const {knob, row, label, control} of rows) {
    const medium = tgan.modalityOf(knob);
    row.hidden = !!medium && medium !== run.medium;
    row.dataset.edited = knob.key in edits ? '1' : '';
    label.textContent = t('knob.' + knob.key);
    control.show(edits[knob.key] ?? run.train[knob.key]);
  }
  const count = Object.keys(edits).length;
  apply.disabled = !count;
  apply.textContent = count ? t('train.change.do.n', {n: count}) : t('train.change.do');
  const undone = new Set(run.changes.map((change) => change.undoes));
  undo.disabled = !run.changes.some(({key}, i) => !undone.has(i) && !['undo', 'budget'].includes(key));
  $('#train-change code').textContent = run.command;
}

const ask = (name, values) => {
  trigger(name, {id: tgan.run.id, seen: tgan.run.changes.length, ...values});
  document.activeElement?.blur();
};
apply.addEventListener('click', () => ask('change', {settings: edits}));
undo.addEventListener('click', () => ask('undo', {}));
more.addEventListener('click', () => ask('change', {budget: Number(budget.value), unit: unit.value}));
document.addEventListener('tgan:refused', () => drawChange());

// All knobs in their groups, and what is told when one changes.
import {
  $,
  base,
  budget,
  data,
  from,
  has,
  now,
  preset,
  spec,
  state,
  suits,
  t,
  tuned,
  unit,
  word,
} from './choice.js';
import {row, tidy} from './rows.js';
import {until} from './until.js';

const rows = {};
const opened = Date.now();

function set(knob, v, from) {
  const same = JSON.stringify(v) === JSON.stringify(base(knob.key));
  if (same) delete state.own[knob.key];
  else state.own[knob.key] = v;
  changed(knob.key, from);
}

function reset(knob) {
  delete state.own[knob.key];
  changed();
}

export function build() {
  const groups = spec.groups.map((name) => {
    const group = document.createElement('div');
    const head = document.createElement('h2');
    group.className = 'group';
    group.dataset.group = name;
    group.append(head);
    return [name, group];
  });
  $('.groups').replaceChildren(...groups.map(([, group]) => group));
  for (const knob of spec.knobs) {
    const box = (rows[knob.key] = row(knob, set, reset));
    (knob.main ? $('#train-knobs') : Object.fromEntries(groups)[knob.group]).append(box);
  }
}

export function changed(only, source) {
  for (const knob of spec.knobs) {
    const box = rows[knob.key];
    if (!only || only === knob.key) box.show(now(knob.key), source);
    box.classList.toggle('own', has(knob.key));
    box.hidden = !suits(knob);
    const off = tuned() && knob.of === 'model'; // the shape comes with the model
    box.querySelectorAll('input, select').forEach((node) => {
      node.disabled = off;
    });
    const back = box.querySelector('.reset');
    back.title = t('train.reset', {value: said(knob, base(knob.key))});
    back.setAttribute('aria-label', t('knob.' + knob.key) + ': ' + back.title);
    back.tabIndex = has(knob.key) ? 0 : -1;
  }
  $('[data-group=network]').classList.toggle('off', tuned());
  const count = Object.keys(state.own).length;
  $('.changed').textContent = count ? t('train.changed', {n: count}) : '';
  $('#train-reset').disabled = !count;
  if (Date.now() - opened > 500)
    tgan.keep('train', {
      data: data.value,
      start: from.value,
      preset: preset.value,
      budget: budget.value,
      unit: unit.value,
      until: until.value,
      own: state.own,
    });
  document.dispatchEvent(new Event('tgan:setup'));
}

const said = (knob, v) =>
  Array.isArray(v)
    ? v.map((c) => word('choice.' + c, c)).join(', ') || t('train.none')
    : typeof v === 'boolean'
      ? t(v ? 'train.on' : 'train.off')
      : typeof v === 'string'
        ? word('choice.' + v, v)
        : String(tidy(v));

export function note() {
  $('#train-preset-note').textContent =
    word('preset.' + preset.value + '.info', '') + (tuned() ? ' ' + t('train.tuned') : '');
  for (const [name, group] of [...element.querySelectorAll('.group')].map((g) => [g.dataset.group, g]))
    group.querySelector('h2').textContent =
      t('train.group.' + name) + (name === 'network' && tuned() ? ' · ' + t('train.fixed') : '');
}

// In the language of the page.
export const nameRows = () => spec.knobs.forEach((knob) => rows[knob.key].name());

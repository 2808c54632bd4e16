// A knob's row: its name, its control (a number with a track, a tick, a menu, several ticks), its reset.
import {base, now, t, word} from './choice.js';
import {options} from './menus.js';

const LOGS = 200; // places on a logarithmic track
export const tidy = (v) => Number(Number(v).toPrecision(3));

// A box with .show(value, from) and .name(), which writes it in the language of the page. `set(knob, value,
// from)` hears of another value, `from` being what moved, `reset(knob)` that it shall be as its preset says.
export function row(knob, set, reset) {
  const box = document.createElement('div');
  const info = document.createElement('p');
  const id = 'knob-' + knob.key;
  box.className = 'knob';
  box.id = 'train-' + id;
  box.innerHTML =
    `<span class="name"><label for="${id}"></label>` +
    '<button type="button" class="reset">↺</button></span>';
  if (knob.term) box.querySelector('label').after(tgan.term(knob.term));
  box.querySelector('.reset').addEventListener('click', () => reset(knob));
  info.className = 'info';
  info.id = id + '-info';
  const control = (CONTROLS[knob.kind] ?? number)(knob, id, (v, from) => set(knob, v, from), box);
  box.append(...control.nodes, info);
  box.show = control.show;
  box.name = () => {
    const name = t('knob.' + knob.key);
    box.querySelector('label').textContent = name;
    info.textContent = t('knob.' + knob.key + '.info');
    const code = document.createElement('code');
    code.textContent = ` ${knob.key}${control.range ?? ''}`;
    info.append(code);
    control.name?.(name, info);
  };
  return box;
}

const made = (tag, values = {}) => Object.assign(document.createElement(tag), values);
const CONTROLS = {flag, choice, many};

function number(knob, id, set) {
  const isLog = knob.kind === 'log';
  const isWhole = knob.kind === 'whole';
  const field = made('input', {type: 'number', id, min: knob.low, max: knob.high, step: isWhole ? 1 : 'any'});
  const track = made('input', {type: 'range'});
  Object.assign(
    track,
    isLog ? {min: 0, max: LOGS, step: 1} : {min: knob.low, max: knob.high, step: knob.step},
  );
  const times = knob.high / knob.low;
  const place = (v) =>
    isLog ? Math.round((LOGS * Math.log(Math.max(knob.low, v) / knob.low)) / Math.log(times)) : v;
  const atPlace = (p) => (isLog ? tidy(knob.low * times ** (p / LOGS)) : Number(p));
  const put = (v, from) => {
    if (Number.isFinite(v)) set(Math.min(knob.high, Math.max(knob.low, isWhole ? Math.round(v) : v)), from);
  };
  field.addEventListener('change', () => put(field.value === '' ? base(knob.key) : Number(field.value)));
  track.addEventListener('input', () => put(atPlace(track.value), track));
  return {
    nodes: [field, track],
    range: ` ${knob.low} – ${knob.high}`,
    show(v, from) {
      field.value = isWhole ? v : tidy(v);
      if (from !== track) track.value = place(v);
    },
    name(name, info) {
      track.setAttribute('aria-label', name);
      field.setAttribute('aria-describedby', info.id);
    },
  };
}

function flag(knob, id, set) {
  const tick = made('input', {type: 'checkbox', id});
  tick.addEventListener('change', () => set(tick.checked));
  return {
    nodes: [tick],
    show(v) {
      tick.checked = !!v;
    },
  };
}

function choice(knob, id, set) {
  const menu = made('select', {id});
  menu.addEventListener('change', () => set(menu.value));
  return {
    nodes: [menu],
    show(v) {
      menu.value = v;
    },
    name() {
      const list = knob.choices.map((one) => [one, word('choice.' + one, one), '']);
      options(menu, list, now(knob.key));
    },
  };
}

function many(knob, id, set, box) {
  const group = made('div', {className: 'many'});
  group.setAttribute('role', 'group');
  box.querySelector('label').removeAttribute('for');
  const all = knob.choices.map((one) => {
    const label = document.createElement('label');
    const tick = made('input', {type: 'checkbox', value: one});
    const name = document.createElement('span');
    tick.addEventListener('change', () =>
      set(all.filter((other) => other.tick.checked).map((other) => other.tick.value)),
    );
    label.append(tick, name);
    group.append(label);
    return {tick, name, one};
  });
  return {
    nodes: [document.createElement('span'), group],
    show(v) {
      for (const {tick, one} of all) tick.checked = v.includes(one);
    },
    name(name) {
      for (const {name: span, one} of all) span.textContent = word('choice.' + one, one);
      group.setAttribute('aria-label', name);
    },
  };
}

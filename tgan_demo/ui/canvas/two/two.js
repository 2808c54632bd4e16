// Two at once: the sample in view and the same with one setting apart, beside each other or one over the other.
// server.choices, pair and blend answer {me, state, ...}; only the newest question is remembered.
import {newest} from './newest.js';
import {control} from './control.js';
import {show, drawSides} from './sides.js';
import {offerBlends} from './blend.js';

const $ = (s) => element.querySelector(s);
const what = $('.what');
const said = $('.said');
let known = null; // {model, classes, luck, models, blends}
let other = null; // the state of B
let loads = null; // what the server made of it
let asked = '';

const call = (name, more = {}) => server[name]({me: tgan.me, state: tgan.state, ...more});
const isSeen = () => element.offsetParent && tgan.state;

const ask = newest(async () => {
  const answer = await call('pair', {other});
  said.classList.toggle('bad', !!answer.error);
  said.textContent = answer.error ?? '';
  if (answer.error) return;
  loads = answer.state;
  await show(answer, [nameOf(tgan.state, 'a'), nameOf(answer.state, 'b')]);
  element.querySelector('.sides').dataset.shown = JSON.stringify(answer.state);
});

// what a side is called: the setting that differs, and its value there
function nameOf(state, side) {
  const key = what.value;
  const value =
    key === 'model'
      ? tgan.titleOf(state.model)
      : key === 'label'
        ? state.label === null
          ? tgan.t('edit.two.any')
          : tgan.named(known.classes[state.label])
        : key === 'edit'
          ? tgan.t(side === 'a' ? 'edit.two.edited' : 'edit.two.without')
          : state[key];
  return `${side.toUpperCase()} · ${tgan.t('edit.two.' + key)}: ${value}`;
}

function kinds() {
  const able = {
    seed: true,
    psi: true,
    label: known.classes.length > 1,
    edit: tgan.edits.all().length > 0,
    temperature: known.luck,
    model: known.models.length > 0,
  };
  const names = Object.keys(able).filter((name) => able[name]);
  const before = names.includes(what.value) ? what.value : 'seed';
  what.replaceChildren(...names.map((name) => new Option(tgan.t('edit.two.' + name), name)));
  what.value = before;
}

function fill() {
  const changed = (changes) => {
    other = {...tgan.state, ...changes};
    ask();
  };
  $('.value').replaceChildren(...control(what.value, known, fixed.ranges, changed));
}

async function refresh() {
  drawSides();
  if (!isSeen()) return;
  const now = JSON.stringify(tgan.state);
  if (now === asked) return;
  asked = now;
  if (known?.model !== tgan.state.model) {
    const {model} = tgan.state;
    const answer = await call('choices');
    if (answer.error || model !== tgan.state.model) return;
    known = {...answer, model};
  }
  kinds();
  fill();
  offerBlends(known, call);
}

what.addEventListener('change', fill);
$('.load').addEventListener('click', () => loads && tgan.restore({...loads, count: tgan.state.count}));
document.addEventListener('tgan:drew', refresh);
new IntersectionObserver(refresh).observe(element);
tgan.words(element);
tgan.onLang(() => {
  tgan.words(element);
  if (!known) return;
  kinds();
  fill();
  offerBlends(known, call);
});

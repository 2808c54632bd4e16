// What is done to w of the sample in view: a chip for each edit (how far, away with it), and pictures of what was
// seen before, each of which brings that back.
const $ = (s) => element.querySelector(s);
const KEPT = 14; // pictures of what was seen
const SIDE = 40;
const LIMITS = {go: [-5, 5, 0.1], mix: [0, 1, 0.05]};
const past = [];

const name = ({kind, what}) => {
  const known = tgan.edits.names().find((one) => one.what === what && one.model === tgan.state?.model);
  if (known) return known.name;
  const seed = /^(\d+)(?:~(\d*))?$/.exec(what);
  if (kind === 'mix' && seed) return tgan.t('edit.step.seed', {seed: seed[1]});
  const axis = /^(pc|class)(\d+)$/.exec(what);
  return axis ? tgan.t('edit.step.' + axis[1], {n: axis[2]}) : tgan.t('edit.step.' + kind);
};

function chip(step, i, steps) {
  const box = document.createElement('span');
  const gone = document.createElement('button');
  box.className = 'step';
  const where = step.range ? tgan.t('edit.step.blocks', {first: step.range[0], last: step.range[1]}) : '';
  const label = [name(step), where].filter(Boolean).join(' · ');
  box.append(label);
  if (LIMITS[step.kind]) box.append(...slider(step, i, steps, label));
  gone.type = 'button';
  gone.textContent = '✕';
  gone.setAttribute('aria-label', tgan.t('edit.remove', {name: label}));
  gone.addEventListener('click', () => tgan.edits.set(steps.filter((_, k) => k !== i)));
  box.append(gone);
  return box;
}

function slider(step, i, steps, label) {
  const input = document.createElement('input');
  const told = document.createElement('output');
  const [min, max, by] = LIMITS[step.kind];
  Object.assign(input, {type: 'range', min, max, step: by, value: step.number});
  input.setAttribute('aria-label', label);
  told.textContent = step.number;
  input.addEventListener('input', () => {
    told.textContent = input.value;
  });
  input.addEventListener('change', () =>
    tgan.edits.set(steps.map((one, k) => (k === i ? {...one, number: Number(input.value)} : one))),
  );
  return [input, told];
}

function show() {
  tgan.words(element);
  const steps = tgan.edits.all();
  $('.steps').replaceChildren(...steps.map(chip));
  $('.empty').hidden = steps.length > 0;
  $('.none').hidden = !steps.length;
}

// the first sample of the big grid, as it was drawn
async function remember() {
  show();
  const value = tgan.hero?.();
  if (!value?.src || !value.state) return;
  const text = JSON.stringify(value.state);
  if (past[0]?.text === text) return;
  const sheet = await tgan.picture(value.src);
  const known = past.findIndex((one) => one.text === text);
  if (known >= 0) past.splice(known, 1);
  past.unshift({text, state: value.state, picture: tgan.small(sheet, value, 0, SIDE, SIDE).toDataURL()});
  past.length = Math.min(past.length, KEPT);
  $('.past').replaceChildren(...past.slice(1).map(before));
}

function before({state, picture}) {
  const button = document.createElement('button');
  const image = document.createElement('img');
  button.type = 'button';
  button.title = `${state.model} · ${tgan.t('seed')} ${state.seed}`;
  button.setAttribute('aria-label', tgan.t('edit.past.one', {seed: state.seed}));
  image.alt = '';
  image.src = picture;
  button.append(image);
  button.addEventListener('click', () => tgan.restore(state));
  return button;
}

$('.back').addEventListener('click', () => tgan.undo());
$('.none').addEventListener('click', () => tgan.edits.set([]));
document.addEventListener('tgan:drew', remember);
document.addEventListener('tgan:named', show);
tgan.onLang(show);
show();

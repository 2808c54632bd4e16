// The two axes of a table, as tgan_demo/axes.py reads them: what differs, and its values. A whole axis may be typed.
// value = {part: 'fits', model, rows: {what: values}} | {part: 'drawn', base, x, y, models} | {part: 'wrong', why}.
// Fires 'draw' {x, y} when it is asked to, and when it is first seen; 'save' {kind, base, x, y}.
const $ = (s) => element.querySelector(s);
const form = $('.axes');
const SIDES = ['x', 'y'];
const FIRST = {x: 'psi', y: 'seed'};
const SPAN = 4; // seeds after the one in view
const MAX_LINK = 2000; // characters
let fits = null;
let drawn = null; // {base, x, y, models} of the table that is shown
let asked = ''; // model that was last asked for
let linked = SIDES.map((side, i) => (tgan.param('xy') ?? '').split('!')[i] ?? '');

const seed = () => Number(tgan.state?.seed ?? 0);
const usual = (what) => {
  if (what === 'seed') return `${seed()}-${seed() + SPAN}`;
  return fits.rows[what] ?? '-3..3/7';
};
const told = (what, name) => {
  const pc = /^pc(\d+)$/.exec(what);
  return name ?? (pc ? tgan.t('edit.step.pc', {n: pc[1]}) : tgan.t('edit.table.' + what));
};

// what can differ, and the directions that have a name here; values that somebody typed stay
function options(before = fits) {
  const named = tgan.edits.names().filter(({model}) => model === fits.model);
  const all = [...Object.keys(fits.rows).map((what) => [what]), ...named.map(({what, name}) => [what, name])];
  for (const side of SIDES) {
    const select = $(`select.${side}`);
    const chosen = select.value;
    const isTyped = $(`input.${side}`).value !== before?.rows[chosen];
    select.replaceChildren(...all.map(([what, name]) => new Option(told(what, name), what)));
    const isThere = all.some(([what]) => what === chosen);
    if (isThere && isTyped) select.value = chosen;
    else put(side, isThere ? chosen : FIRST[side]);
  }
}

function put(side, what) {
  $(`select.${side}`).value = what;
  $(`input.${side}`).value = usual(what);
}

// an axis as text, from the link
function take(side, text) {
  const at = text.indexOf('=');
  const what = text.slice(0, at);
  const isListed = [...$(`select.${side}`).options].some((option) => option.value === what);
  if (isListed) $(`select.${side}`).value = what;
  $(`input.${side}`).value = isListed ? text.slice(at + 1) : text;
}

const axis = (side) => {
  const typed = $(`input.${side}`).value.trim();
  const what = $(`select.${side}`).value;
  if (typed.includes('=')) return typed;
  return `${what === 'mix' ? 'mix:' + (seed() + 1) : what}=${typed}`;
};

function draw() {
  asked = tgan.state.model;
  $('.wrong').textContent = '';
  form.classList.add('busy');
  trigger('draw', {x: axis('x'), y: axis('y')});
}

// once it is seen, and for every model that it does not show
function look() {
  if (drawn?.models.includes(tgan.state?.model)) return;
  const isSeen = element.offsetParent && tgan.state && fits?.model === tgan.state.model;
  if (isSeen && asked !== tgan.state.model) draw();
}

function answered() {
  const value = props.value;
  if (value?.part === 'fits') {
    if (drawn?.models.includes(value.model)) return; // a cell of this table was loaded
    const before = fits;
    fits = value;
    options(before);
    linked.forEach((text, i) => text.includes('=') && take(SIDES[i], text));
    linked = [];
    return look();
  }
  form.classList.remove('busy');
  $('.wrong').textContent = value?.why ?? '';
  drawn = value?.part === 'drawn' ? value : null;
  for (const kind of ['png', 'csv']) $('.' + kind).disabled = !drawn;
  const text = drawn ? `${drawn.x}!${drawn.y}` : '';
  tgan.link({xy: text.length <= MAX_LINK ? text : ''});
}

function words() {
  tgan.words(element);
  if (fits) options();
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  draw();
});
for (const side of SIDES)
  $(`select.${side}`).addEventListener('change', (event) => put(side, event.target.value));
$('.swap').addEventListener('click', () => {
  const [x, y] = SIDES.map((side) => [$(`select.${side}`).value, $(`input.${side}`).value]);
  [[$('select.x').value, $('input.x').value], [$('select.y').value, $('input.y').value]] = [y, x];
  draw();
});
for (const kind of ['png', 'csv'])
  $('.' + kind).addEventListener('click', () => {
    const {base, x, y} = drawn;
    trigger('save', {kind, base, x, y});
  });
document.addEventListener('tgan:drew', look);
document.addEventListener('tgan:refused', () => form.classList.remove('busy'));
new IntersectionObserver(look).observe(element);
words();
if (props.value) answered();
watch('value', answered);
tgan.onLang(words);

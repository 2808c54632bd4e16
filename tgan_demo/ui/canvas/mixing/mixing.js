// Whose w is put into whom, and at which places: two lists of seeds and a range, or one of its names.
// value = {part: 'fits', model, last, parts: {name: [first, last]}} | {part: 'drawn'} | {part: 'wrong', why}.
// Fires 'draw' {a, b, places}: when it is asked to, when it is first seen, and when what all cells have in common
// (model, class, psi) has changed since.
const $ = (s) => element.querySelector(s);
const form = $('.ask');
const ROWS = 3;
const COLUMNS = 4;
const CHANGE_MS = 350; // without another
let fits = null;
let asked = ''; // what all cells had in common
let waiting = 0;

const common = () =>
  JSON.stringify({...tgan.state, seed: 0, edit: '', count: 0, variation: 0, variation_seed: 0});
const dice = (count) => Array.from({length: count}, () => Math.floor(Math.random() * 1e6)).join(', ');

// A: seeds that were seen of late; B: the next ones, and where A has too few, those after
function begin() {
  const {seed} = tgan.state;
  const recent = tgan.get('recent-id').split('_').filter(Boolean).map(Number).toReversed();
  const after = Array.from({length: ROWS}, (_, i) => seed + COLUMNS + 1 + i);
  $('input.a').value = [...new Set([seed, ...recent, ...after])].slice(0, ROWS).join(', ');
  $('input.b').value = `${seed + 1}-${seed + COLUMNS}`;
}

function choose(first, last) {
  $('.first').value = first;
  $('.last').value = last;
  mark();
}

function mark() {
  const now = `${$('.first').value}-${$('.last').value}`;
  for (const button of $('.parts').children)
    button.setAttribute('aria-pressed', button.dataset.range === now);
}

function parts() {
  if (!fits) return;
  const buttons = Object.entries(fits.parts).map(([name, [first, last]]) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.dataset.range = `${first}-${last}`;
    button.textContent = tgan.t('edit.mixing.' + name);
    button.addEventListener('click', () => {
      choose(first, last);
      draw();
    });
    return button;
  });
  $('.parts').replaceChildren(...buttons);
  $('.first').max = $('.last').max = fits.last;
  mark();
}

function draw() {
  if (!$('input.a').value) begin();
  asked = common();
  $('.wrong').textContent = '';
  form.classList.add('busy');
  const [a, b, first, last] = ['input.a', 'input.b', '.first', '.last'].map((s) => $(s).value);
  trigger('draw', {a, b, places: `${first}-${last}`});
}

function look() {
  if (!element.offsetParent || !tgan.state || fits?.model !== tgan.state.model) return;
  if (asked === common()) return;
  clearTimeout(waiting);
  waiting = setTimeout(draw, CHANGE_MS);
}

function answered() {
  const value = props.value;
  if (value?.part === 'fits') {
    const isOther = fits?.last !== value.last;
    fits = value;
    if (isOther) choose(...Object.values(fits.parts)[0]);
    parts();
    return look();
  }
  form.classList.remove('busy');
  $('.wrong').textContent = value?.why ?? '';
}

function words() {
  tgan.words(element);
  for (const side of ['a', 'b']) $(`input.${side}`).setAttribute('aria-label', tgan.t('edit.mixing.' + side));
  parts();
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  draw();
});
for (const [side, count] of Object.entries({a: ROWS, b: COLUMNS}))
  $(`.dice.${side}`).addEventListener('click', () => {
    if (!$('input.a').value) begin();
    $(`input.${side}`).value = dice(count);
    draw();
  });
for (const end of ['.first', '.last']) $(end).addEventListener('change', mark);
document.addEventListener('tgan:drew', look);
document.addEventListener('tgan:refused', () => form.classList.remove('busy'));
new IntersectionObserver(look).observe(element);
words();
if (props.value) answered();
watch('value', answered);
tgan.onLang(words);
